package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: what other threads hand to a loop that is being closed runs, or they are told that it will not: nothing is lost in
 * silence, nobody waits for ever.
 *
 * <p>Method: several threads post as fast as they can while the loop is closed under them, again and again; at the end each
 * post must be accounted for.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopCloseRaceTest {
    private static final int ROUNDS = 400;

    /** One callback and what became of it. */
    private static final class Post implements Runnable {
        int runs;
        boolean refused;

        @Override
        public void run() {
            runs++;
        }
    }

    @Test
    void everyCallbackRunsOrItsPosterIsTold() throws Exception {
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
            if (round % 2 == 1) {
                lingering(loop);
            }
            Queue<Post> posts = new ConcurrentLinkedQueue<>();
            closeUnder(loop, 5_000, () -> {
                Post post = new Post();
                posts.add(post);
                try {
                    loop.callSoonThreadsafe(post);
                } catch (LoopClosedException closed) {
                    post.refused = true;
                    throw closed;
                }
            });
            for (Post post : posts) {
                assertThat(post.runs)
                        .as("round %d, refused: %s", round, post.refused)
                        .isEqualTo(post.refused ? 0 : 1);
                accepted += post.runs;
                refused += post.refused ? 1 : 0;
            }
        }
        assertThat(refused).as("the race took place").isPositive();
        assertThat(accepted).isPositive();
    }

    /** Keeps the loop turning for some passes while it is closed. */
    private static void lingering(Loop loop) {
        Task.create(loop, null, () -> {
            try {
                Task.sleep(Duration.ofDays(1));
                return null;
            } finally {
                for (int i = 0; i < 20; i++) {
                    Task.yield();
                }
            }
        });
    }

    @Test
    void whoRunsTheLoopAndWhoClosesItNeverHaveItTogether() throws Exception {
        for (int round = 0; round < 2_000; round++) {
            Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            loop.callSoonThreadsafe(() -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                loop.stop();
            });
            CyclicBarrier together = new CyclicBarrier(2);
            CompletableFuture<@Nullable Throwable> ran = new CompletableFuture<>();
            Thread runner = Thread.ofPlatform().start(() -> {
                try {
                    together.await(30, TimeUnit.SECONDS);
                    loop.runForever();
                    ran.complete(null);
                } catch (Throwable refused) {
                    ran.complete(refused);
                }
            });
            together.await(30, TimeUnit.SECONDS);
            boolean closed = false;
            while (!closed) {
                try {
                    ((EventLoop) loop).close();
                    closed = true;
                } catch (IllegalStateException running) {
                    assertThat(running).hasMessageStartingWith("cannot close a running event loop");
                }
            }
            runner.join();
            Throwable refused = ran.get();
            if (refused != null) {
                assertThat(refused).as("round %d", round).isInstanceOf(LoopClosedException.class);
            }
            assertThat(most.get()).as("round %d: the callback ran once", round).isOne();
        }
    }

    @Test
    void everySubmittedTaskEndsOrItsSubmitterIsTold() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger cancelled = new AtomicInteger();
        List<String> reported = Collections.synchronizedList(new ArrayList<>());
        for (int round = 0; round < ROUNDS; round++) {
            Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
            List<Task<Integer>> tasks = Collections.synchronizedList(new ArrayList<>());
            loop.setExceptionHandler((source, context) -> reported.add(context.describe()));
            closeUnder(
                    loop,
                    200,
                    () -> tasks.add(Task.submit(loop, null, () -> {
                        Task.yield();
                        return 1;
                    })));
            for (Task<Integer> task : tasks) {
                try {
                    ended.addAndGet(task.get(30, TimeUnit.SECONDS));
                } catch (CancellationException expected) {
                    cancelled.incrementAndGet();
                } catch (TimeoutException | ExecutionException lost) {
                    throw new AssertionError("round " + round + ": " + task, lost);
                }
            }
        }
        assertThat(ended.get() + cancelled.get()).isPositive();
        assertThat(reported).as("no task was left behind").isEmpty();
    }

    @Test
    void everyExecutorJobCompletesItsFuture() throws Exception {
        for (int round = 0; round < ROUNDS / 4; round++) {
            Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
            List<CompletableFuture<Integer>> futures = Collections.synchronizedList(new ArrayList<>());
            closeUnder(loop, 5_000, () -> futures.add(loop.runInExecutor(Runnable::run, () -> 1)));
            for (var future : futures) {
                assertThat(future.get(30, TimeUnit.SECONDS))
                        .as("round %d", round)
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void threadsThatAreUnparkedWhileTheLoopIsClosedAllEnd() throws Exception {
        for (int round = 0; round < ROUNDS / 4; round++) {
            Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
            int count = 20;
            List<Thread> strays = new ArrayList<>();
            CountDownLatch parked = new CountDownLatch(count);
            Task.create(loop, null, () -> {
                for (int i = 0; i < count; i++) {
                    strays.add(Thread.startVirtualThread(() -> {
                        parked.countDown();
                        LockSupport.park();
                    }));
                }
                parked.await();
                return null;
            });
            loop.stop();
            loop.runForever();
            loop.stop();
            loop.runForever();
            Thread other = Thread.ofPlatform().start(() -> strays.forEach(LockSupport::unpark));
            loop.close();
            other.join();
            for (Thread stray : strays) {
                assertThat(stray.join(Duration.ofSeconds(30)))
                        .as("round %d: the thread ended", round)
                        .isTrue();
            }
        }
    }

    /** Three threads do it again and again until they are refused; the loop is closed in the middle. */
    private static void closeUnder(Loop loop, int times, Runnable action) throws Exception {
        int posters = 3;
        CyclicBarrier start = new CyclicBarrier(posters + 1);
        CountDownLatch warm = new CountDownLatch(posters);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < posters; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    start.await(30, TimeUnit.SECONDS);
                } catch (Exception failed) {
                    throw new AssertionError(failed);
                }
                try {
                    for (int n = 0; n < times; n++) {
                        action.run();
                        warm.countDown();
                    }
                } catch (LoopClosedException expected) {
                    warm.countDown();
                }
            }));
        }
        start.await(30, TimeUnit.SECONDS);
        loop.stop();
        loop.runForever();
        loop.close();
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
