package dev.matryoshka.loop;

/**
 * A callback that was scheduled and has not run yet (asyncio.Handle). Loop thread only, but for the handle of
 * {@link Loop#callSoonThreadsafe}, which any thread may cancel: it then may or may not still run once. It holds nothing of a
 * callback that is over, and equals the handle by which an {@link ExceptionContext} names it.
 */
public interface Handle {
    /** The callback will not run, if it has not started. Idempotent; after the run it has no effect. */
    void cancel();

    /**
     * Whether {@link #cancel()} was called before the callback ran. Elsewhere than on the loop a cancel in the instant of the run may
     * count until the callback has begun, and then no more.
     */
    boolean isCancelled();
}
