package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Kernels;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: what the loop promises holds on every kernel: it sleeps, is woken, is on time, can be interrupted, and asks the
 * system for no more than it must.
 *
 * <p>Method: each kernel on real time, with other threads; system calls are counted.
 */
@ParameterizedClass
@ValueSource(strings = {"epoll", "nio", "memory"})
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopContractTest {
    private static final Duration LONG = Duration.ofDays(1);

    /** The rounds end then, however many there were: a busy machine has seen fewer, and seen no wake-up lost. */
    private static final long ROUNDS_LAST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String kernel;

    LoopContractTest(String kernel) {
        this.kernel = kernel;
    }

    private EventLoop open() {
        try {
            KernelProvider provider = kernel.equals("memory")
                    ? new MemoryNetwork(System::nanoTime)
                    : Kernels.choose(kernel).provider();
            Class.forName(EventLoop.class.getName()); // its initialiser tells Engines how to open a loop
            return (EventLoop) Engines.open(LoopOptions.defaults(), provider);
        } catch (IOException | ClassNotFoundException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void callbacksTimersAndTasksRunAndTheLoopStops() throws Exception {
        try (EventLoop loop = open()) {
            StringBuilder log = new StringBuilder();
            loop.callSoon(() -> log.append("callback "));
            loop.callLater(Duration.ofMillis(2), () -> log.append("timer "));
            Task<Integer> task = loop.createTask("main", () -> {
                Task.sleep(Duration.ofMillis(4));
                log.append("task");
                return 42;
            });
            assertThat(loop.runUntilComplete(task)).isEqualTo(42);
            assertThat(log).hasToString("callback timer task");
            assertThat(loop.kernelName()).isEqualTo(kernel);
        }
    }

    @Test
    void aTaskThatWasWaitedForInVainDoesNotStopALaterRun() throws Exception {
        try (EventLoop loop = open()) {
            CountDownLatch gate = new CountDownLatch(1);
            Task<Integer> first = loop.createTask("first", () -> {
                gate.await();
                return 1;
            });
            loop.callSoon(loop::stop);
            assertThatThrownBy(() -> loop.runUntilComplete(first)).isInstanceOf(IllegalStateException.class);
            Task<Integer> second = loop.createTask("second", () -> {
                gate.countDown();
                first.await();
                for (int pass = 0; pass < 5; pass++) {
                    Task.yield();
                }
                return 2;
            });
            assertThat(loop.runUntilComplete(second)).isEqualTo(2);
        }
    }

    @Test
    void noTimerIsEarlyAndEachSleepIsOnePoll() throws Exception {
        try (EventLoop loop = open()) {
            int sleeps = 20;
            loop.runUntilComplete(loop.createTask("main", () -> {
                SystemCalls before = Engines.of(loop).kernel().systemCalls().snapshot();
                for (int i = 0; i < sleeps; i++) {
                    long began = loop.time();
                    Duration delay = Duration.ofNanos(100_000 + 37_003 * i);
                    Task.sleep(delay);
                    assertThat(loop.time() - began).isGreaterThanOrEqualTo(delay.toNanos());
                }
                SystemCalls made = Engines.of(loop).kernel().systemCalls().since(before);
                assertThat(made.poll)
                        .as("polls: the last of each sleep may come a moment early")
                        .isBetween((long) sleeps, 2L * sleeps);
                assertThat(made.wakeup).isZero();
                return null;
            }));
        }
    }

    @Test
    void noWakeupIsLostBetweenALoopThatGoesToSleepAndAThreadThatPosts() throws Exception {
        EventLoop loop = open();
        int rounds = 20_000;
        Semaphore answered = new Semaphore(0);
        AtomicInteger lost = new AtomicInteger(-1);
        Thread other = Thread.ofPlatform().start(() -> {
            long end = System.nanoTime() + ROUNDS_LAST_NANOS;
            for (int round = 0; round < rounds && System.nanoTime() - end < 0; round++) {
                loop.callSoonThreadsafe(answered::release);
                if (!acquire(answered)) {
                    lost.set(round);
                    break;
                }
            }
            loop.stop();
            Engines.of(loop).kernel().poller().wakeup(); // in case it is stuck
        });
        loop.runForever();
        other.join();
        SystemCalls calls = Engines.of(loop).kernel().systemCalls().snapshot();
        loop.close();
        assertThat(lost).as("the round whose callback never ran").hasValue(-1);
        assertThat(calls.wakeup).as("at most one write per post").isLessThanOrEqualTo(rounds + 2);
    }

    @Test
    void aTaskThatAnotherThreadUnparksGoesOnAndSoDoesOneThatTheJdkWakes() throws Exception {
        try (EventLoop loop = open()) {
            loop.runUntilComplete(loop.createTask("main", () -> {
                boolean[] ready = new boolean[1];
                Thread self = Thread.currentThread();
                Thread other = Thread.ofPlatform().start(() -> {
                    ready[0] = true;
                    LockSupport.unpark(self);
                });
                while (!ready[0]) {
                    LockSupport.park();
                }
                other.join();
                assertThat(new CountDownLatch(1).await(2, TimeUnit.MILLISECONDS))
                        .isFalse();
                return null;
            }));
        }
    }

    @Proves("run")
    @Test
    void interruptingTheThreadOfALoopThatSleepsCancelsItsMainTask() throws Exception {
        CountDownLatch asleep = new CountDownLatch(1);
        FutureTask<Void> program = new FutureTask<>(() -> {
            try (EventLoop loop = open()) {
                loop.runUntilComplete(loop.createTask("main", () -> {
                    loop.callLater(Duration.ofMillis(5), asleep::countDown);
                    Task.sleep(LONG);
                    return null;
                }));
            }
            return null;
        });
        Thread thread = Thread.ofPlatform().start(program);
        asleep.await();
        thread.interrupt();
        assertThatThrownBy(() -> program.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
    }

    @Test
    void interruptingTheThreadOfALoopThatIsBusyCancelsItsMainTaskToo() throws Exception {
        Thread runner = Thread.currentThread();
        try (EventLoop loop = open()) {
            Task<Void> main = loop.createTask("main", () -> {
                runner.interrupt(); // while this task is mounted on it
                Task.sleep(LONG);
                return null;
            });
            assertThatThrownBy(() -> loop.runUntilComplete(main)).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).as("the interrupt was taken").isFalse();
        }
    }

    @Test
    void aRunThatIsRefusedLeavesTheInterruptToTheOneThatGoesOn() throws Exception {
        Thread runner = Thread.currentThread();
        try (EventLoop loop = open()) {
            Task<Void> other = loop.createTask("other", () -> {
                Task.sleep(LONG);
                return null;
            });
            loop.callSoon(() -> {
                assertThatThrownBy(() -> loop.runUntilComplete(other)).isInstanceOf(IllegalStateException.class);
                runner.interrupt();
            });
            Task<Void> main = loop.createTask("main", () -> {
                Task.sleep(LONG);
                return null;
            });
            assertThatThrownBy(() -> loop.runUntilComplete(main)).isInstanceOf(CancellationException.class);
            assertThat(other.isDone()).as("nobody waited for it").isFalse();
        }
    }

    @Test
    void anInterruptThatNobodyWantsDoesNotMakeTheLoopSpin() throws Exception {
        Thread runner = Thread.currentThread();
        try (EventLoop loop = open()) {
            loop.callSoon(() -> {
                runner.interrupt();
                loop.callLater(Duration.ofMillis(20), loop::stop);
            });
            SystemCalls before = Engines.of(loop).kernel().systemCalls().snapshot();
            loop.runForever();
            SystemCalls made = Engines.of(loop).kernel().systemCalls().since(before);
            assertThat(made.poll).isLessThan(10);
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void aThreadThatWasInterruptedBeforeItRanTheLoopCancelsTheMainTask() throws Exception {
        try (EventLoop loop = open()) {
            Task<Void> main = loop.createTask("main", () -> {
                Task.sleep(LONG);
                return null;
            });
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> loop.runUntilComplete(main)).isInstanceOf(CancellationException.class);
        } finally {
            Thread.interrupted();
        }
    }

    private static boolean acquire(Semaphore permits) {
        try {
            return permits.tryAcquire(30, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            return false;
        }
    }
}
