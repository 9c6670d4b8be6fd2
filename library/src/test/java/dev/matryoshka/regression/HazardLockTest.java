package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal (hazard 1): a callback and a task may share a lock. Were callbacks on the bare platform thread, the unlock would wake
 * the task that waited first, and that needs the very thread on which the callback waits: for ever.
 *
 * <p>Method: somebody holds the lock; a task queues for it, then a callback; then it is released. The holder is a foreign
 * thread, or a task of the same loop. While all wait, the carrier must sleep: its polls and passes are counted.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HazardLockTest {
    /** The two kinds of lock that Java has. */
    private enum Lock {
        REENTRANT {
            private final ReentrantLock lock = new ReentrantLock();

            @Override
            void hold(Body body) throws Exception {
                lock.lock();
                try {
                    body.run();
                } finally {
                    lock.unlock();
                }
            }
        },
        MONITOR {
            private final Object monitor = new Object();

            @Override
            void hold(Body body) throws Exception {
                synchronized (monitor) {
                    body.run();
                }
            }
        };

        interface Body {
            void run() throws Exception;
        }

        abstract void hold(Body body) throws Exception;
    }

    private static Stream<Arguments> cases() {
        return Stream.of("epoll", "nio")
                .flatMap(kernel -> Stream.of(Lock.values()).map(lock -> Arguments.of(kernel, lock)));
    }

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    @ParameterizedTest
    @MethodSource("cases")
    void aCallbackBehindATaskBehindAForeignThreadGetsTheLock(String kernel, Lock lock) throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch both = new CountDownLatch(2);
        Thread holder = Thread.ofPlatform()
                .start(() -> hold(lock, () -> {
                    held.countDown();
                    release.await();
                }));
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withKernel(kernel))) {
            held.await();
            Task<Void> task = loop.createTask("task", () -> {
                lock.hold(() -> log.add("task"));
                both.countDown();
                return null;
            });
            loop.callSoon(() -> {
                hold(lock, () -> log.add("callback"));
                both.countDown();
            });
            Thread referee = Thread.ofPlatform().start(() -> {
                awaitWaiting(task.thread());
                assertSleeps(loop);
                release.countDown();
                await(both);
                loop.stop();
            });
            loop.runForever();
            referee.join();
            holder.join();
            assertThat(log).contains("task", "callback");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aCallbackGetsTheLockOfATaskThatYieldsWhileItHoldsIt(String kernel, Lock lock) throws Exception {
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withKernel(kernel))) {
            loop.runUntilComplete(loop.createTask("main", () -> {
                CountDownLatch done = new CountDownLatch(1);
                lock.hold(() -> {
                    loop.callSoon(() -> {
                        hold(lock, () -> log.add("callback"));
                        done.countDown();
                    });
                    for (int i = 0; i < 100; i++) {
                        Thread.yield(); // the callback comes to wait for the lock meanwhile
                    }
                    log.add("task lets go");
                });
                done.await();
                return null;
            }));
            assertThat(log).containsExactly("task lets go", "callback");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void otherTasksGoOnWhileACallbackWaitsForALock(String kernel, Lock lock) throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform()
                .start(() -> hold(lock, () -> {
                    held.countDown();
                    release.await();
                }));
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withKernel(kernel))) {
            held.await();
            CountDownLatch go = new CountDownLatch(1);
            loop.createTask("helper", () -> {
                go.await(); // woken by a foreign thread while the callback is parked
                log.add("helper");
                release.countDown();
                return null;
            });
            loop.callSoon(() -> loop.callSoon(() -> {
                hold(lock, () -> log.add("callback"));
                loop.stop();
            }));
            Thread referee = Thread.ofPlatform().start(() -> {
                assertSleeps(loop);
                go.countDown();
            });
            loop.runForever();
            referee.join();
            holder.join();
            assertThat(log).containsExactly("helper", "callback");
        }
    }

    /** Until the figures stand still: no pass, no poll and no switch in 30 ms. */
    private static void assertSleeps(EventLoop loop) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            long before = activity(loop);
            quiet();
            if (activity(loop) == before) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the carrier spins: " + activity(loop));
            }
        }
    }

    private static long activity(EventLoop loop) {
        SystemCalls calls = Engines.of(loop).kernel().systemCalls();
        return calls.poll
                + Engines.of(loop).counters().passes
                + Engines.of(loop).carrier().switches();
    }

    /** Nothing is expected to happen; 30 ms are enough to see a loop spin, which makes thousands of rounds in it. */
    private static void quiet() {
        try {
            assertThat(new CountDownLatch(1).await(30, TimeUnit.MILLISECONDS)).isFalse();
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    private static void awaitWaiting(Thread thread) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.BLOCKED) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it does not wait: " + thread.getState());
            }
            Thread.onSpinWait();
        }
    }

    private static void hold(Lock lock, Lock.Body body) {
        try {
            lock.hold(body);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("task and callback stand in each other's way");
            }
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }
}
