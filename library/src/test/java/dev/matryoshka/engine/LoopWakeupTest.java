package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: no wake-up is lost, a loop that is awake gets none, and one that sleeps gets one.
 *
 * <p>Method: a kernel that counts; other threads that post while the loop is known to be awake, known to sleep, or at the
 * worst moment in between, many times.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopWakeupTest {
    /** The rounds end then, however many there were: a busy machine has seen fewer, and seen no wake-up lost. */
    private static final long ROUNDS_LAST_NANOS = TimeUnit.SECONDS.toNanos(10);

    @Test
    void aLoopThatIsAwakeIsNotWoken() {
        try (LoopRig rig = LoopRig.onRealTime()) {
            AtomicInteger ran = new AtomicInteger();
            rig.loop.callSoon(() -> {
                Thread other = Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        rig.loop.callSoonThreadsafe(ran::incrementAndGet);
                    }
                    rig.loop.callSoonThreadsafe(rig.loop::stop);
                });
                while (other.isAlive()) {
                    Thread.onSpinWait();
                }
            });
            rig.loop.runForever();
            assertThat(ran).hasValue(1_000);
            assertThat(rig.kernel.wakeups).hasValue(0);
        }
    }

    @Test
    void aLoopThatSleepsIsWokenOnceHoweverManyPost() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            int posters = 4;
            AtomicInteger ran = new AtomicInteger();
            CyclicBarrier together = new CyclicBarrier(posters);
            CountDownLatch posted = new CountDownLatch(posters);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < posters; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        rig.kernel.awaitAsleep();
                        together.await(30, TimeUnit.SECONDS);
                    } catch (Exception failed) {
                        throw new AssertionError(failed);
                    }
                    rig.loop.callSoonThreadsafe(() -> {
                        ran.incrementAndGet();
                        spinUntilZero(posted); // awake until all have posted: the second post finds it so
                    });
                    posted.countDown();
                }));
            }
            threads.add(Thread.ofPlatform().start(() -> {
                spinUntilZero(posted);
                rig.loop.callSoonThreadsafe(rig.loop::stop);
            }));
            rig.loop.runForever();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(ran).hasValue(posters);
            assertThat(rig.kernel.wakeups.get()).as("one sleep, or two").isBetween(1, 2);
        }
    }

    @Test
    void noWakeupIsLostWhenAPostMeetsTheLoopOnItsWayToSleep() throws Exception {
        ScriptedKernel kernel = ScriptedKernel.onRealTime();
        var loop = LoopRig.open(kernel, LoopOptions.defaults());
        Semaphore answered = new Semaphore(0);
        int rounds = 50_000;
        AtomicInteger lost = new AtomicInteger(-1);
        Thread other = Thread.ofPlatform().start(() -> {
            // Each post is made at the moment in which the loop, done with the one before, goes to sleep.
            long end = System.nanoTime() + ROUNDS_LAST_NANOS;
            for (int round = 0; round < rounds && System.nanoTime() - end < 0; round++) {
                loop.callSoonThreadsafe(answered::release);
                if (!acquire(answered)) {
                    lost.set(round);
                    break;
                }
            }
            loop.stop();
            kernel.wakeup(); // in case it is stuck
        });
        loop.runForever();
        other.join();
        loop.close();
        assertThat(lost).as("the round whose callback never ran").hasValue(-1);
    }

    @Test
    void noUnparkOfATaskIsLostEither() throws Exception {
        ScriptedKernel kernel = ScriptedKernel.onRealTime();
        var loop = LoopRig.open(kernel, LoopOptions.defaults());
        int rounds = 20_000;
        int over = Integer.MAX_VALUE;
        AtomicInteger turn = new AtomicInteger();
        AtomicInteger lost = new AtomicInteger(-1);
        Task<Void> task = Task.create(loop, null, () -> {
            while (turn.get() != over) {
                int round = turn.get();
                if (round > 0) {
                    turn.set(-round);
                } else {
                    LockSupport.park();
                }
            }
            return null;
        });
        task.addDoneCallback(done -> loop.stop());
        Thread other = Thread.ofPlatform().start(() -> {
            long end = System.nanoTime() + ROUNDS_LAST_NANOS;
            for (int round = 1; round <= rounds && System.nanoTime() - end < 0; round++) {
                turn.set(round);
                LockSupport.unpark(task.thread());
                if (!spinUntil(turn, -round)) {
                    lost.set(round);
                    break;
                }
            }
            turn.set(over);
            LockSupport.unpark(task.thread());
            kernel.wakeup(); // in case it is stuck
        });
        loop.runForever();
        other.join();
        loop.close();
        assertThat(lost).as("the round whose unpark was lost").hasValue(-1);
    }

    @Test
    void aCallOfTheLoopItselfNeedsNoWakeup() {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.loop.callSoon(() -> rig.loop.callSoonThreadsafe(rig.loop::stop));
            rig.loop.runForever();
            assertThat(rig.kernel.wakeups).hasValue(0);
            assertThat(rig.kernel.waits).as("polls that were allowed to wait").hasValue(0);
        }
    }

    @Test
    void tasksOfOneLoopWakeEachOtherWithoutTheKernel() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.run(() -> {
                Task<Integer> child = Task.create(rig.loop, null, () -> {
                    Task.yield();
                    return 7;
                });
                return child.await();
            });
            assertThat(rig.kernel.wakeups).hasValue(0);
            assertThat(rig.kernel.waits).hasValue(0);
        }
    }

    private static boolean acquire(Semaphore permits) {
        try {
            return permits.tryAcquire(30, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            return false;
        }
    }

    private static boolean spinUntil(AtomicInteger variable, int value) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (variable.get() != value) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    private static void spinUntilZero(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            Thread.onSpinWait();
        }
    }
}
