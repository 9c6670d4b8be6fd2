package dev.matryoshka.engine;

import dev.matryoshka.loop.Handle;
import org.jspecify.annotations.Nullable;

/** An entry of the ready queue. Loop thread, but for entries that came through the inbox: those any thread may cancel. */
final class Callback implements Handle, Runnable {
    /** Null once cancelled or run. Volatile for the entries of the inbox; a plain read on x86, so free for the rest. */
    private volatile @Nullable Runnable body;

    private volatile boolean cancelled;

    Callback(Runnable body) {
        this.body = body;
    }

    @Override
    public void cancel() {
        if (body != null) {
            body = null;
            cancelled = true;
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void run() {
        Runnable due = body;
        if (due != null) {
            body = null;
            due.run();
        }
    }

    @Override
    public String toString() {
        return "Handle[" + (cancelled ? "cancelled" : String.valueOf(body)) + "]";
    }
}
