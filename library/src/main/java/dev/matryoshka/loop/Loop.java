package dev.matryoshka.loop;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The scheduling face of an event loop (asyncio.AbstractEventLoop without the network): what every layer above may count
 * on. The loop that people open is {@code dev.matryoshka.EventLoop}; this is the part of it that transports, tasks and
 * streams hand back from their {@code loop()}.
 *
 * <p>Methods are for the loop's thread, that is its callbacks and its tasks, and fail with {@link WrongThreadException}
 * elsewhere; those marked "Any thread" are the ways in from outside. While a loop is not running, the thread that opened
 * it, or ran it last, counts as its own. After {@link #close()} whatever would schedule throws
 * {@link LoopClosedException}.
 *
 * <h2>Order</h2>
 * One pass polls, then runs what {@code callSoon} had queued before the poll ended, then what other threads had posted, then the
 * I/O callbacks of this poll, then the timers that are due, each kind first in, first out; then the tasks that became ready run up
 * to their next wait; then buffered writes leave. In a pass with many I/O callbacks tasks and writes have a turn after every 16 of
 * them, or 64 KiB, too. What a callback schedules runs in the next pass, after another poll, so nothing starves the network (asyncio
 * {@code _run_once}).
 */
public interface Loop {
    /** Any thread. For logs and errors. */
    String name();

    /** Any thread. Which kernel turns this loop: {@code epoll}, {@code nio} or {@code memory}. */
    String kernelName();

    /** Any thread. The loop's clock in nanoseconds: monotonic, arbitrary origin; virtual in tests. */
    long time();

    /** Runs a callback in the next pass: first in, first out, exactly once. */
    Handle callSoon(Runnable callback);

    /**
     * Any thread, also after a signal: as {@link #callSoon}, and wakes the loop if it sleeps. The one way in for other
     * threads; what happened before the call is visible to the callback. A handle costs only who keeps it: memory for 256 references,
     * shared with the handles of its neighbours.
     *
     * @throws LoopClosedException the loop is closed, or only its last callbacks run any more; the callback will not run
     */
    Handle callSoonThreadsafe(Runnable callback);

    /**
     * Runs a callback after a delay, never early.
     *
     * @param delay zero or negative: in the next pass; longer than 73 years counts as that
     */
    TimerHandle callLater(Duration delay, Runnable callback);

    /**
     * Runs a callback at a time, never early; timers of equal time run in the order in which they were made.
     *
     * @param when nanoseconds on the clock of {@link #time()}; the past means the next pass
     */
    TimerHandle callAt(long when, Runnable callback);

    /**
     * Any thread. Runs blocking code in the default executor: at most {@code min(32, cores + 4)} daemon threads, as
     * asyncio. The future completes on the loop, so its dependents run there. The job has the caller's scoped values. Cancelling
     * the future does not stop a job that has begun; one that has not is skipped.
     *
     * @throws java.util.concurrent.RejectedExecutionException the default executor was shut down
     */
    <T extends @Nullable Object> CompletableFuture<T> runInExecutor(Callable<T> blocking);

    /** Any thread. As {@link #runInExecutor(Callable)} on an executor of yours. */
    <T extends @Nullable Object> CompletableFuture<T> runInExecutor(Executor executor, Callable<T> blocking);

    /**
     * Runs the jobs of {@link #runInExecutor(Callable)} in another executor from now on (asyncio {@code set_default_executor}). It
     * stays its owner's: closing the loop does not end it. What the former one has taken, it finishes.
     *
     * @param executor null brings back the loop's own
     * @throws IllegalStateException the default executor was shut down
     */
    void setDefaultExecutor(@Nullable Executor executor);

    /**
     * Runs passes until {@link #stop()}. The calling platform thread becomes the loop's; a virtual one lends a new one, and has the
     * loop again afterwards. An interrupt of the caller is still there when this returns, unless somebody took it meanwhile.
     *
     * @throws IllegalStateException this loop runs already, or the caller is on another one, which would stand still meanwhile
     */
    void runForever();

    /** Any thread. The pass in progress ends, then {@link #runForever()} returns; before a run, that run does one pass. */
    void stop();

    /** Any thread. */
    boolean isRunning();

    /** Any thread. */
    boolean isClosed();

    /** Any thread: whether the caller is on this loop, in a callback or in a task. */
    boolean isLoopThread();

    /**
     * Frees everything: cancels tasks and turns until they have ended, aborts connections (each {@code connectionLost} is still
     * delivered), drops callbacks and timers, closes the kernel and the default executor (without waiting for its jobs).
     * Idempotent.
     *
     * @throws IllegalStateException while the loop runs: stop it first
     */
    void close();

    /** Replaces what happens with an exception that nobody caught; null brings back the default, one ERROR log record. */
    void setExceptionHandler(@Nullable ExceptionHandler handler);

    /** The handler that was set, or null. */
    @Nullable
    ExceptionHandler exceptionHandler();

    /** Reports a failure as the loop itself would. What the handler throws is contained. */
    void callExceptionHandler(ExceptionContext context);
}
