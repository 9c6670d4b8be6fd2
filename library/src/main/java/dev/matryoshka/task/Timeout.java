package dev.matryoshka.task;

import dev.matryoshka.engine.Instants;
import dev.matryoshka.loop.TimerHandle;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A limit on how long a piece of a task may take (asyncio.timeout). When the time is over the task is cancelled, and at the
 * edge of the scope its interrupt becomes a {@link TimeoutException}; an interrupt that somebody else asked for stays one.
 * A result that is there when the time is over wins: either the data or the timeout, never both, never neither.
 *
 * <pre>
 *   ACTIVE ──▶ EXPIRING ──▶ EXPIRED     the time was over; the interrupt came back to the edge
 *      └──────────┴───────▶ FINISHED    the body ended first
 * </pre>
 *
 * A heap entry on the loop's clock, not a sleeping thread. Loop thread only, in a task.
 */
public final class Timeout {
    private enum State {
        ACTIVE,
        EXPIRING,
        EXPIRED,
        FINISHED
    }

    private final Task<?> task;
    private final int cancellingAtEntry;
    private State state = State.ACTIVE;
    private @Nullable TimerHandle timer;
    private @Nullable Duration limit;
    private @Nullable Long deadline;

    private Timeout(Task<?> task) {
        this.task = task;
        this.cancellingAtEntry = task.cancelling();
    }

    /** Code that may move its own deadline. */
    @FunctionalInterface
    public interface Body<T extends @Nullable Object> {
        /** Runs under the limit. */
        T call(Timeout timeout) throws Exception;
    }

    /**
     * Runs code under a limit (asyncio.wait_for).
     *
     * @param limit zero or negative: the first wait that does not end in this pass times out
     * @throws TimeoutException the time was over first
     * @throws InterruptedException the task was cancelled by somebody else
     */
    @Parks
    public static <T extends @Nullable Object> T within(Duration limit, Callable<T> body) throws Exception {
        return scope(limit, timeout -> body.call());
    }

    /** As {@link #within(Duration, Callable)}, without a result. */
    @Parks
    public static void within(Duration limit, Action body) throws Exception {
        Timeout.<@Nullable Void>scope(limit, timeout -> {
            body.run();
            return null;
        });
    }

    /**
     * As {@link #within(Duration, Callable)} for code that reschedules its own limit.
     *
     * @param limit null for none yet
     */
    @Parks
    public static <T extends @Nullable Object> T scope(@Nullable Duration limit, Body<T> body) throws Exception {
        Timeout timeout = new Timeout(Task.requireCurrent("Timeout"));
        timeout.reschedule(limit);
        try {
            T result = body.call(timeout);
            timeout.leave();
            return result;
        } catch (Exception escaped) {
            boolean expired = timeout.leave();
            if (expired && Waits.isInterrupt(escaped)) {
                TimeoutException late = new TimeoutException("the time was over: " + timeout.limit);
                late.initCause(escaped);
                throw late;
            }
            throw escaped;
        } catch (Throwable escaped) {
            timeout.leave();
            throw escaped;
        }
    }

    /**
     * As {@link #scope(Duration, Body)} up to an instant (asyncio.timeout_at).
     *
     * @param deadline on the clock of {@link dev.matryoshka.loop.Loop#time()}, in nanoseconds; the past: as a limit of zero
     */
    @Parks
    public static <T extends @Nullable Object> T until(long deadline, Body<T> body) throws Exception {
        return scope(null, timeout -> {
            timeout.rescheduleAt(deadline);
            return body.call(timeout);
        });
    }

    /**
     * Moves the limit.
     *
     * @param newLimit from now; null for none
     * @throws IllegalStateException the time was over already, or the scope has ended
     */
    public void reschedule(@Nullable Duration newLimit) {
        requireActive();
        stopTimer();
        limit = newLimit;
        deadline = null;
        if (newLimit != null) {
            start(task.engine().callLater(Instants.delayNanos(newLimit), this::expire));
        }
    }

    /**
     * As {@link #reschedule} to an instant.
     *
     * @param newDeadline on the loop's clock, in nanoseconds; the past: as soon as possible
     */
    public void rescheduleAt(long newDeadline) {
        requireActive();
        stopTimer();
        limit = Duration.ofNanos(newDeadline - task.engine().time());
        start(task.engine().callAt(newDeadline, this::expire));
    }

    private void requireActive() {
        if (state != State.ACTIVE) {
            throw new IllegalStateException("cannot change the limit of a timeout that is " + state);
        }
    }

    private void start(TimerHandle started) {
        timer = started;
        deadline = started.when();
    }

    /** When the time is, or was, over, on the loop's clock in nanoseconds; null without a limit. */
    public @Nullable Long when() {
        return deadline;
    }

    /** Whether the time was over before the code ended. */
    public boolean expired() {
        return state == State.EXPIRING || state == State.EXPIRED;
    }

    private void expire() {
        timer = null;
        state = State.EXPIRING;
        task.cancel();
    }

    /** The edge of the scope; true when an interrupt that arrives here is our own. One that did not arrive is taken back. */
    private boolean leave() {
        stopTimer();
        if (state != State.EXPIRING) {
            state = State.FINISHED;
            return false;
        }
        state = State.EXPIRED;
        boolean ours = task.uncancel() <= cancellingAtEntry;
        if (ours) {
            Thread.interrupted();
        }
        return ours;
    }

    @Override
    public String toString() {
        Long when = deadline;
        String left = state != State.ACTIVE || when == null
                ? ""
                : ", " + Duration.ofNanos(when - task.engine().time()) + " left";
        return "Timeout[" + state + left + "]";
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
