package dev.matryoshka.engine;

import dev.matryoshka.loop.Handle;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the ready queue, or a timer. Loop thread only: what other threads post is no object of its own, and its handle a
 * {@link MailHandle}.
 */
sealed class Callback implements Handle, Runnable permits Timer {
    private boolean started;
    private boolean cancelled;

    /** Null once it is over, so that what it holds does not outlive its turn. */
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
        if (started || cancelled) {
            return false;
        }
        cancelled = true;
        body = null;
        return true;
    }

    @Override
    public final boolean isCancelled() {
        return cancelled;
    }

    @Override
    public final void run() {
        Runnable due = body;
        if (due != null && !started) {
            started = true;
            due.run();
        }
    }

    /** After the run, when nobody has to name it any more. */
    final void forget() {
        body = null;
    }

    final String describe() {
        return cancelled ? "cancelled" : String.valueOf(body);
    }

    @Override
    public String toString() {
        return "Handle[" + describe() + "]";
    }
}
