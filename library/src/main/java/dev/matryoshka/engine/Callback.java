package dev.matryoshka.engine;

import dev.matryoshka.loop.Handle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the ready queue. Loop thread, but for entries that came through the inbox: those any thread may cancel, and
 * exactly one of run and cancel wins. The exchange that decides it costs what a volatile store would.
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

    /** Whether this call is the reason why it will never run. */
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
