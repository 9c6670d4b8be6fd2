package dev.matryoshka.engine;

import dev.matryoshka.loop.Handle;
import dev.matryoshka.loop.LoopClosedException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where blocking code goes, so that it does not stop the loop. The pool is made at the first job; its threads are daemons
 * and end after a minute without work. Any thread.
 */
public final class DefaultExecutor {
    /** asyncio's {@code min(32, process_cpu_count + 4)}: for waiting, not for computing. */
    private static final int THREADS_MAX = Math.min(32, Runtime.getRuntime().availableProcessors() + 4);

    private static final long IDLE_SECONDS = 60;

    private final LoopEngine engine;

    /** Our own, made at the first job. */
    private @Nullable ThreadPoolExecutor pool;

    /** Somebody else's instead; its owner ends it. */
    private @Nullable Executor replacement;

    private boolean shutDown;

    /** Jobs of the default executor whose outcome was not told yet. Guarded by this, as all that is not final. */
    private int jobs;

    /** Who waits for the last one, on the loop. */
    private final Waiter idle = new Waiter("the jobs of the default executor");

    public DefaultExecutor(LoopEngine engine) {
        this.engine = engine;
    }

    /** Runs a job in the default pool; its future completes on the loop. */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Callable<T> job) {
        Executor executor = begin();
        try {
            return submit(executor, job, this::ended);
        } catch (RuntimeException | Error refused) {
            ended();
            throw refused;
        }
    }

    /** Runs a job in an executor of the caller's; its future completes on the loop. */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Executor executor, Callable<T> job) {
        return submit(executor, job, () -> {});
    }

    private <T extends @Nullable Object> CompletableFuture<T> submit(
            Executor executor, Callable<T> job, Runnable onEnd) {
        if (engine.isClosed()) {
            throw new LoopClosedException(engine.name());
        }
        CompletableFuture<T> future = new CompletableFuture<>();
        engine.kernel().holdTime();
        try {
            executor.execute(ScopedBindings.bind(() -> work(job, future, onEnd)));
        } catch (RuntimeException | Error rejected) {
            engine.kernel().releaseTime();
            throw rejected;
        }
        return future;
    }

    private <T extends @Nullable Object> void work(Callable<T> job, CompletableFuture<T> future, Runnable onEnd) {
        T result = null;
        Throwable failure = null;
        try {
            if (!future.isDone()) {
                result = job.call();
            }
        } catch (Throwable escaped) {
            failure = escaped;
        }
        deliver(future, result, failure, onEnd);
    }

    /** On the loop if it still turns; a loop that is gone must not leave anybody waiting. */
    private <T extends @Nullable Object> void deliver(
            CompletableFuture<T> future, @Nullable T result, @Nullable Throwable failure, Runnable onEnd) {
        Runnable completion = () -> {
            onEnd.run();
            if (failure != null) {
                future.completeExceptionally(failure);
            } else {
                complete(future, result);
            }
        };
        try {
            engine.callSoonThreadsafe(completion);
        } catch (LoopClosedException gone) {
            completion.run();
        } finally {
            engine.kernel().releaseTime();
        }
    }

    @SuppressWarnings("NullAway") // null only where T is nullable
    private static <T extends @Nullable Object> void complete(CompletableFuture<T> future, @Nullable T result) {
        future.complete(result);
    }

    /** Counts a job in, and answers where it runs. */
    private synchronized Executor begin() {
        if (engine.isClosed()) {
            throw new LoopClosedException(engine.name());
        }
        if (shutDown) {
            throw new RejectedExecutionException("the default executor of '" + engine.name() + "' was shut down");
        }
        Executor executor = replacement != null ? replacement : pool();
        jobs++;
        return executor;
    }

    /** On the loop; anywhere when the job was refused to a thread outside, or the loop is gone. */
    private void ended() {
        synchronized (this) {
            jobs--;
            if (jobs > 0) {
                return;
            }
        }
        if (engine.isLoopThread()) {
            lastEnded();
            return;
        }
        try {
            engine.callSoonThreadsafe(this::lastEnded);
        } catch (LoopClosedException gone) {
            return; // and who waited with it
        }
    }

    /** On the loop. */
    private void lastEnded() {
        idle.signal();
        if (engine.ending().isLast()) {
            engine.stop(); // that is all it turns for: finishJobs
        }
    }

    private Executor pool() {
        if (pool == null) {
            AtomicInteger number = new AtomicInteger();
            pool = new ThreadPoolExecutor(
                    THREADS_MAX, THREADS_MAX, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), job -> {
                        Thread thread =
                                new Thread(job, "matryoshka-worker-" + engine.name() + "-" + number.incrementAndGet());
                        thread.setDaemon(true);
                        return thread;
                    });
            pool.allowCoreThreadTimeOut(true);
        }
        return pool;
    }

    /**
     * Runs the jobs from now on in another executor; null brings our own back. The former one finishes what it has, and what a thread
     * is about to give it: it is not shut down, its idle threads leave.
     */
    public synchronized void replace(@Nullable Executor executor) {
        if (shutDown) {
            throw new IllegalStateException("the default executor of '" + engine.name() + "' was shut down");
        }
        replacement = executor;
        ThreadPoolExecutor own = pool;
        if (executor != null && own != null) {
            pool = null;
            own.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
        }
    }

    /** Takes no more jobs; those that run or wait are finished by their threads. Does not wait. Idempotent. */
    public synchronized void shutdown() {
        shutDown = true;
        if (pool != null) {
            pool.shutdown();
        }
    }

    private synchronized boolean isIdle() {
        return jobs == 0;
    }

    /**
     * In a task: parks until no job is left.
     *
     * @return false when the time was over first
     */
    public boolean awaitIdle(long nanosMax) throws InterruptedException {
        if (isIdle()) {
            return true;
        }
        if (idle.isOccupied()) {
            throw new IllegalStateException("another task waits for the default executor already");
        }
        boolean[] over = new boolean[1];
        Handle limit = engine.callLater(nanosMax, () -> {
            over[0] = true;
            idle.signal();
        });
        try {
            while (!isIdle() && !over[0]) {
                idle.await();
            }
        } finally {
            limit.cancel();
        }
        return isIdle();
    }

    /**
     * On the platform thread of a loop whose tasks have ended: takes no more jobs, or connections that live on would give others for
     * ever, and turns the loop until none is left, so that what they complete goes on there. An interrupt ends the wait, and stays.
     *
     * @return false when the time was over first
     */
    public boolean finishJobs(long nanosMax) {
        shutdown();
        if (isIdle()) {
            return true;
        }
        engine.ending().turnUntil(() -> isIdle() || Thread.currentThread().isInterrupted(), nanosMax, () -> {
            engine.stop();
            return false;
        });
        return isIdle();
    }
}
