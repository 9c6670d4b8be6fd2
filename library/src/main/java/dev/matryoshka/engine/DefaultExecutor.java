package dev.matryoshka.engine;

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
    private @Nullable ThreadPoolExecutor pool;
    private boolean shutDown;

    public DefaultExecutor(LoopEngine engine) {
        this.engine = engine;
    }

    /** Runs a job in the default pool; its future completes on the loop. */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Callable<T> job) {
        return submit(pool(), job);
    }

    /** Runs a job in an executor of the caller's; its future completes on the loop. */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Executor executor, Callable<T> job) {
        if (engine.isClosed()) {
            throw new LoopClosedException(engine.name());
        }
        CompletableFuture<T> future = new CompletableFuture<>();
        engine.kernel().holdTime();
        try {
            executor.execute(() -> work(job, future));
        } catch (RejectedExecutionException rejected) {
            engine.kernel().releaseTime();
            throw rejected;
        }
        return future;
    }

    private <T extends @Nullable Object> void work(Callable<T> job, CompletableFuture<T> future) {
        T result = null;
        Throwable failure = null;
        try {
            if (!future.isDone()) {
                result = job.call();
            }
        } catch (Throwable escaped) {
            failure = escaped;
        }
        deliver(future, result, failure);
    }

    /** On the loop if it still turns; a loop that is gone must not leave anybody waiting. */
    private <T extends @Nullable Object> void deliver(
            CompletableFuture<T> future, @Nullable T result, @Nullable Throwable failure) {
        Runnable completion = () -> {
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

    private synchronized Executor pool() {
        if (shutDown) {
            throw new LoopClosedException(engine.name());
        }
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

    /** Takes no more jobs; those that run or wait are finished by their threads. Does not wait. Idempotent. */
    public synchronized void shutdown() {
        shutDown = true;
        if (pool != null) {
            pool.shutdown();
        }
    }
}
