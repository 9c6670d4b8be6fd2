package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.EventLoop;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: the default executor can be waited for, replaced and ended, and a program's end does not tear its jobs apart.
 *
 * <p>Method: jobs that wait for a latch which the test opens; on real kernels, because jobs are real threads.
 */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DefaultExecutorTest {
    @Test
    void aJobThatMeetsAChangeOfTheDefaultExecutorIsNotRefused() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            int jobs = 20_000;
            List<CompletableFuture<Integer>> given = new ArrayList<>();
            AtomicBoolean over = new AtomicBoolean();
            Thread giver = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < jobs; i++) {
                    given.add(on.loop.runInExecutor(() -> 1));
                }
                over.set(true);
            });
            on.run(() -> {
                while (giver.isAlive()) {
                    on.loop.setDefaultExecutor(Runnable::run);
                    on.loop.setDefaultExecutor(null);
                    Task.yield();
                }
                assertThat(over).as("none was refused").isTrue();
                for (CompletableFuture<Integer> each : given) {
                    assertThat(each.get()).isEqualTo(1);
                }
            });
        }
    }

    @Test
    @Proves(
            value = "to_thread",
            ports = {
                "test_threads.test_to_thread",
                "test_threads.test_to_thread_exception",
                "test_threads.test_to_thread_once",
                "test_threads.test_to_thread_args_kwargs"
            })
    void toThreadReturnsAndThrowsWhatTheCodeDoes() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                assertThat(on.loop.<Integer>toThread(() -> 40 + 2)).isEqualTo(42);
                assertThat(on.loop.<Object>toThread(() -> null)).isNull();
                AtomicBoolean onLoop = new AtomicBoolean(true);
                on.loop.toThread(() -> onLoop.set(on.loop.isLoopThread()));
                assertThat(onLoop).isFalse();
                IOException failure = new IOException("disk");
                assertThatThrownBy(() -> on.loop.toThread(() -> {
                            throw failure;
                        }))
                        .isSameAs(failure);
            });
        }
    }

    @Test
    @Proves(value = "to_thread", ports = "test_threads.test_to_thread_concurrent")
    void theLoopGoesOnWhileCodeRunsElsewhere() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                CountDownLatch release = new CountDownLatch(3);
                List<Task<Integer>> tasks = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    tasks.add(on.loop.createTask(() -> on.loop.toThread(() -> {
                        release.countDown();
                        release.await(); // opens only when all three run at once
                        return 1;
                    })));
                }
                for (Task<Integer> task : tasks) {
                    assertThat(task.await()).isEqualTo(1);
                }
            });
        }
    }

    @Test
    @Proves("to_thread")
    void aCancelledCallerGoesOnAndTheJobIsFinishedOrSkipped() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                CountDownLatch begun = new CountDownLatch(1);
                CountDownLatch release = new CountDownLatch(1);
                AtomicBoolean finished = new AtomicBoolean();
                Task<Integer> waiting = on.loop.createTask(() -> on.loop.toThread(() -> {
                    begun.countDown();
                    release.await();
                    finished.set(true);
                    return 1;
                }));
                Task.yield();
                begun.await();
                waiting.cancel();
                assertThatThrownBy(waiting::await).isInstanceOf(CancellationException.class);
                assertThat(finished).isFalse();
                release.countDown();
                assertThat(on.loop.shutdownDefaultExecutor(Duration.ofSeconds(30)))
                        .isTrue();
                assertThat(finished).isTrue();
            });
        }
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                List<Runnable> queue = new ArrayList<>();
                on.loop.setDefaultExecutor(queue::add);
                AtomicBoolean ran = new AtomicBoolean();
                Task<Void> waiting = on.loop.createTask(() -> on.loop.toThread(() -> ran.set(true)));
                Task.yield();
                waiting.cancel();
                assertThatThrownBy(waiting::await).isInstanceOf(CancellationException.class);
                queue.forEach(Runnable::run);
                assertThat(ran).isFalse();
            });
        }
    }

    @Test
    @Proves(
            value = "set_default_executor",
            ports = {"test_base_events.test_set_default_executor", "test_base_events.test_set_default_executor_error"})
    void anotherDefaultExecutorGetsTheJobsAndStaysItsOwners() throws Exception {
        try (ExecutorService ours = Executors.newSingleThreadExecutor(job -> new Thread(job, "ours"))) {
            try (TestLoop on = TestLoop.over(Net.EPOLL)) {
                on.run(() -> {
                    String before =
                            on.loop.toThread(() -> Thread.currentThread().getName());
                    assertThat(before).startsWith("matryoshka-worker-");
                    on.loop.setDefaultExecutor(ours);
                    assertThat(on.loop.<String>toThread(
                                    () -> Thread.currentThread().getName()))
                            .isEqualTo("ours");
                    on.loop.setDefaultExecutor(null);
                    assertThat(on.loop.<String>toThread(
                                    () -> Thread.currentThread().getName()))
                            .startsWith("matryoshka-worker-");
                    on.loop.setDefaultExecutor(ours);
                    assertThat(on.loop.shutdownDefaultExecutor(Duration.ofSeconds(30)))
                            .isTrue();
                    assertThatThrownBy(() -> on.loop.setDefaultExecutor(null))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("was shut down");
                });
            }
            assertThat(ours.isShutdown()).isFalse();
        }
    }

    @Test
    @Proves("shutdown_default_executor")
    void shuttingDownWaitsForTheJobsAndRefusesNewOnes() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                assertThat(on.loop.shutdownDefaultExecutor(Duration.ZERO))
                        .as("nothing to wait for")
                        .isTrue();
                assertThatThrownBy(() -> on.loop.runInExecutor(() -> 1))
                        .isInstanceOf(RejectedExecutionException.class)
                        .hasMessageContaining("was shut down");
                assertThatThrownBy(() -> on.loop.toThread(() -> {})).isInstanceOf(RejectedExecutionException.class);
                try (ExecutorService other = Executors.newSingleThreadExecutor()) {
                    assertThat(on.loop.runInExecutor(other, () -> 1).get()).isEqualTo(1);
                }
            });
        }
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                CountDownLatch release = new CountDownLatch(1);
                CompletableFuture<Integer> job = on.loop.runInExecutor(() -> {
                    release.await();
                    return 7;
                });
                Task<Boolean> shutting =
                        on.loop.createTask(() -> on.loop.shutdownDefaultExecutor(Duration.ofSeconds(30)));
                on.passes(3);
                assertThat(shutting.isDone()).isFalse();
                release.countDown();
                assertThat(shutting.await()).isTrue();
                assertThat(job).isCompletedWithValue(7);
            });
        }
    }

    @Test
    @Proves("shutdown_default_executor")
    void aJobThatDoesNotEndIsLeftToItsThreadAndTheCallerIsTold() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Integer> job;
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            job = on.call(() -> {
                CompletableFuture<Integer> stuck = on.loop.runInExecutor(() -> {
                    release.await();
                    return 7;
                });
                assertThat(on.loop.shutdownDefaultExecutor(Duration.ofMillis(1)))
                        .isFalse();
                assertThat(on.loop.shutdownDefaultExecutor(Duration.ZERO)).isFalse();
                Task<Boolean> cancelled = on.loop.createTask(() -> on.loop.shutdownDefaultExecutor(Duration.ofDays(1)));
                Task.yield();
                assertThatThrownBy(() -> on.loop.shutdownDefaultExecutor(Duration.ofDays(1)))
                        .isInstanceOf(IllegalStateException.class);
                cancelled.cancel();
                assertThatThrownBy(cancelled::await).isInstanceOf(CancellationException.class);
                return stuck;
            });
        }
        assertThat(job).isNotDone();
        release.countDown();
        assertThat(job.get(30, TimeUnit.SECONDS)).isEqualTo(7);
    }

    /** It was counted in, and its end told to nobody: who waited for the last job did so until the time was over. */
    @Test
    void aLastJobThatIsRefusedToAnotherThreadIsNotWaitedFor() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                CountDownLatch given = new CountDownLatch(1);
                CompletableFuture<RejectedExecutionException> refusal = new CompletableFuture<>();
                on.loop.setDefaultExecutor(job -> {
                    given.countDown();
                    throw refusal.join();
                });
                FutureTask<Object> giver = new FutureTask<>(() -> on.loop.runInExecutor(() -> 1));
                Thread.ofPlatform().start(giver);
                given.await();
                Task<Boolean> shutting = on.loop.createTask(() -> on.loop.shutdownDefaultExecutor(Duration.ofHours(1)));
                on.passes(3);
                assertThat(shutting.isDone()).isFalse();
                refusal.complete(new RejectedExecutionException("full"));
                assertThat(on.within("the last job", shutting::await)).isTrue();
                assertThatThrownBy(giver::get).hasCauseInstanceOf(RejectedExecutionException.class);
            });
        }
    }

    @Test
    @Proves("run")
    void runWaitsForJobsThatStillRunWhenMainHasReturned() throws Exception {
        AtomicBoolean finished = new AtomicBoolean();
        CountDownLatch mainOver = new CountDownLatch(1);
        EventLoop.run(loop -> {
            loop.runInExecutor(() -> {
                mainOver.await();
                finished.set(true);
                return 1;
            });
            mainOver.countDown();
        });
        assertThat(finished).isTrue();
    }

    /** Its end lies in the inbox then, and nobody would have come for it: run waited for as long as it waits at most. */
    @Test
    void aJobThatEndsDuringTheLastPassIsNotWaitedForAndWhatItStartsDoesNotStart() throws Exception {
        AtomicReference<CompletableFuture<Integer>> job = new AtomicReference<>();
        AtomicReference<Task<?>> made = new AtomicReference<>();
        EventLoop.run(loop -> {
            List<Runnable> queue = new ArrayList<>();
            loop.setDefaultExecutor(queue::add);
            job.set(loop.runInExecutor(() -> 7));
            job.get().thenRun(() -> made.set(loop.createTask(() -> Task.sleep(Duration.ofHours(1)))));
            loop.callSoon(
                    () -> { // in the last pass, which has looked for mail already
                        Thread worker = Thread.ofPlatform().start(queue.getFirst());
                        while (worker.isAlive()) {
                            Thread.onSpinWait();
                        }
                    });
        });
        assertThat(job.get()).isCompletedWithValue(7);
        assertThat(made.get().isCancelled()).as("nobody would have ended it").isTrue();
    }

    /** They completed on the threads of their jobs, beside the loop. */
    @Test
    void whatRunWaitsForCompletesOnTheLoopAndGivesNoOtherJob() throws Exception {
        CountDownLatch mainOver = new CountDownLatch(1);
        List<Boolean> onLoop = new ArrayList<>();
        AtomicReference<Throwable> refusal = new AtomicReference<>();
        EventLoop.run(loop -> {
            loop.runInExecutor(() -> {
                        mainOver.await();
                        return 1;
                    })
                    .thenCompose(one -> {
                        onLoop.add(loop.isLoopThread());
                        return loop.runInExecutor(() -> 2);
                    })
                    .whenComplete((two, refused) -> {
                        onLoop.add(loop.isLoopThread());
                        refusal.set(refused);
                    });
            Task<?> main = Objects.requireNonNull(Task.current());
            main.addDoneCallback(ended -> mainOver.countDown());
        });
        assertThat(onLoop).containsExactly(true, true);
        assertThat(refusal.get()).hasRootCauseInstanceOf(RejectedExecutionException.class);
    }

    @Test
    @Proves("run")
    void anInterruptEndsTheWaitOfRunForItsJobs() throws Exception {
        assertEndsTheWait((loop, runner) -> {
            Task<?> main = Objects.requireNonNull(Task.current());
            loop.runInExecutor(() -> {
                while (!main.isDone() || !loop.isRunning()) { // in its last pass, or while it waits for the other job
                    Thread.onSpinWait();
                }
                runner.interrupt();
                return 1;
            });
        });
    }

    /** Each was noted and forgotten, since nobody was there to take it: run then waited as long as it waits at most. */
    @Test
    void anInterruptThatComesTooLateForMainEndsTheWaitOfRunForItsJobs() throws Exception {
        assertEndsTheWait((loop, runner) -> runner.interrupt()); // the last that main does
        assertEndsTheWait((loop, runner) -> loop.callSoon(runner::interrupt)); // the last that its last pass does
        assertEndsTheWait((loop, runner) -> { // while run waits for the tasks that it has cancelled
            loop.createTask(() -> {
                try {
                    Task.sleep(Duration.ofDays(1));
                } finally {
                    runner.interrupt();
                }
            });
            Task.yield();
        });
    }

    @FunctionalInterface
    private interface Interruption {
        void by(EventLoop loop, Thread runner) throws Exception;
    }

    private static void assertEndsTheWait(Interruption late) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        List<String> reported = new ArrayList<>();
        Thread runner = Thread.currentThread();
        EventLoop.run(loop -> {
            loop.setExceptionHandler((where, context) -> reported.add(context.message()));
            loop.runInExecutor(() -> {
                release.await();
                return 1;
            });
            late.by(loop, runner);
        });
        release.countDown();
        assertThat(Thread.interrupted()).as("the interrupt is still there").isTrue();
        assertThat(reported).containsExactly("Jobs of the default executor are left to their threads");
    }
}
