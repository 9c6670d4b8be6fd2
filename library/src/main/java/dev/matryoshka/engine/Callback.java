package dev.matryoshka.engine;

import dev.matryoshka.loop.Handle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the ready queue. Loop thread, but for entries that came through the inbox: those any thread may cancel, and
 * exactly one of run and cancel has won in the end.
 *
 * <p>The loop looks and then stores, without an atomic exchange: that would wait for a cache line which mostly lies with another
 * core, and let no other of these waits overlap with it (28 against 17 ns a post, docs/design/0019-inbox.md). So a cancel that comes
 * from another thread in this instant may believe that it has won; the store of the run then says otherwise, for good. Where who
 * cancels must know at once, as who posts into a loop that is being closed, the loop uses {@link #runOrYield()}.
 */
sealed class Callback implements Handle, Runnable permits Timer {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Callback.class, "state", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private static final int WAITING = 0;
    private static final int STARTED = 1;
    private static final int CANCELLED = 2;

    private volatile int state = WAITING;

    /** Belongs to whoever moved the state; null afterwards, so that what it holds does not outlive its turn. */
    private @Nullable Runnable body;

    Callback(Runnable body) {
        this.body = body;
    }

    @Override
    public void cancel() {
        tryCancel();
    }

    /**
     * Whether this call is the reason why it will never run. On the loop always true to the word, elsewhere only against
     * {@link #runOrYield()}.
     */
    final boolean tryCancel() {
        boolean won = state == WAITING && STATE.compareAndSet(this, WAITING, CANCELLED);
        if (won) {
            body = null;
        }
        return won;
    }

    @Override
    public final boolean isCancelled() {
        return state == CANCELLED;
    }

    @Override
    public final void run() {
        Runnable due = body;
        if (due != null && state == WAITING) {
            STATE.setRelease(this, STARTED);
            due.run();
        }
    }

    /** As {@link #run()}, against cancels of other threads that act on what {@link #tryCancel()} answers. */
    final void runOrYield() {
        Runnable due = body;
        if (due != null && STATE.compareAndSet(this, WAITING, STARTED)) {
            due.run();
        }
    }

    /** After the run, when nobody has to name it any more. */
    final void forget() {
        body = null;
    }

    final String describe() {
        return state == CANCELLED ? "cancelled" : String.valueOf(body);
    }

    @Override
    public String toString() {
        return "Handle[" + describe() + "]";
    }
}
