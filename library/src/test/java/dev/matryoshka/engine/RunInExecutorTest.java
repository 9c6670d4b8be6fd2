package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: blocking code runs elsewhere, and what becomes of it is told on the loop, always.
 *
 * <p>Method: jobs that return, throw, block, are cancelled or refused; in the default executor and in one of the test's own.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunInExecutorTest {
    @Proves(value = "run_in_executor", ports = "test_events.test_run_in_executor")
    @Test
    void theResultIsDeliveredOnTheLoop() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            List<Object> seen = new ArrayList<>();
            int result = rig.run(() -> {
                CompletableFuture<Integer> future = rig.loop.runInExecutor(() -> {
                    seen.add(rig.loop.isLoopThread());
                    seen.add(Thread.currentThread().isDaemon());
                    return 42;
                });
                CountDownLatch dependent = new CountDownLatch(1);
                future.thenAccept(value -> {
                    seen.add("on the loop: " + rig.loop.isLoopThread());
                    dependent.countDown();
                });
                dependent.await();
                return future.get();
            });
            assertThat(result).isEqualTo(42);
            assertThat(seen).containsExactly(false, true, "on the loop: true");
        }
    }

    @Test
    void nullIsAResult() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            assertThat(rig.<Object>run(() -> rig.loop.runInExecutor(() -> null).get()))
                    .isNull();
        }
    }

    @Test
    void aFailureIsDeliveredWhateverItIs() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            for (Throwable thrown : List.of(new IOException("disk"), new StackOverflowError("deep"))) {
                rig.run(() -> {
                    assertThatThrownBy(() ->
                                    rig.loop.runInExecutor(() -> sneak(thrown)).get())
                            .isInstanceOf(ExecutionException.class)
                            .hasCause(thrown);
                    return null;
                });
            }
        }
    }

    @Test
    void theDefaultExecutorRunsAsManyJobsAtOnceAsItPromises() throws Exception {
        int threads = Math.min(32, Runtime.getRuntime().availableProcessors() + 4);
        try (LoopRig rig = LoopRig.onRealTime()) {
            Set<String> names = Collections.synchronizedSet(new HashSet<>());
            CyclicBarrier all = new CyclicBarrier(threads);
            rig.run(() -> {
                List<CompletableFuture<Integer>> jobs = new ArrayList<>();
                for (int i = 0; i < threads * 3; i++) {
                    jobs.add(rig.loop.runInExecutor(() -> {
                        names.add(Thread.currentThread().getName());
                        all.await(); // opens only when that many run at once
                        return 1;
                    }));
                }
                for (CompletableFuture<Integer> job : jobs) {
                    job.get();
                }
                return null;
            });
            assertThat(names).hasSize(threads).allMatch(name -> name.startsWith("matryoshka-worker-"));
        }
    }

    @Proves(value = "run_in_executor", ports = "test_events.test_run_in_executor_cancel")
    @Test
    void cancellingTheFutureDoesNotStopTheJobButSkipsOneThatHasNotBegun() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            List<Runnable> queued = new ArrayList<>();
            AtomicBoolean skipped = new AtomicBoolean(true);
            rig.run(() -> {
                CompletableFuture<Integer> future = rig.loop.runInExecutor(queued::add, () -> {
                    skipped.set(false);
                    return 1;
                });
                future.cancel(true);
                queued.getFirst().run();
                assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);

                CountDownLatch begun = new CountDownLatch(1);
                CountDownLatch release = new CountDownLatch(1);
                AtomicBoolean finished = new AtomicBoolean();
                CompletableFuture<Integer> running = rig.loop.runInExecutor(() -> {
                    begun.countDown();
                    release.await();
                    finished.set(true);
                    return 1;
                });
                begun.await();
                running.cancel(true);
                release.countDown();
                assertThat(rig.loop.runInExecutor(() -> 2).get()).isEqualTo(2);
                assertThat(running).isCancelled();
                return null;
            });
            assertThat(skipped).isTrue();
        }
    }

    @Test
    void aTaskThatIsCancelledWhileItWaitsGoesOnWithoutTheJob() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            CountDownLatch release = new CountDownLatch(1);
            rig.run(() -> {
                Task<Integer> waiting = Task.create(
                        rig.loop,
                        null,
                        () -> rig.loop
                                .runInExecutor(() -> {
                                    release.await();
                                    return 1;
                                })
                                .get());
                Task.yield();
                waiting.cancel();
                assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
                release.countDown();
                return null;
            });
        }
    }

    @Test
    void anExecutorThatRefusesIsHeardByTheCaller() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            RejectedExecutionException full = new RejectedExecutionException("full");
            assertThatThrownBy(() -> rig.loop.runInExecutor(
                            job -> {
                                throw full;
                            },
                            () -> 1))
                    .isSameAs(full);
        }
    }

    @Test
    void aJobThatOutlivesItsLoopStillCompletesItsFuture() throws Exception {
        LoopRig rig = LoopRig.onRealTime();
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Integer> future = rig.loop.runInExecutor(() -> {
            release.await();
            return 7;
        });
        rig.close();
        assertThat(future).isNotDone();
        release.countDown();
        assertThat(future.get(30, TimeUnit.SECONDS)).isEqualTo(7);
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> Integer sneak(Throwable thrown) throws X {
        throw (X) thrown;
    }
}
