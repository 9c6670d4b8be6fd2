package dev.matryoshka.engine;

import dev.matryoshka.loop.TimerHandle;
import org.jspecify.annotations.Nullable;

/** An entry of the {@link TimerHeap}. Loop thread only. */
final class Timer implements TimerHandle, Runnable {
    private final TimerHeap heap;
    final long when;

    /** Tells equal times apart, so that they run in the order in which they were made. */
    final long sequence;

    /** Null once cancelled or run: nothing that a callback holds outlives its turn. */
    private @Nullable Runnable callback;

    private boolean cancelled;

    Timer(TimerHeap heap, long when, long sequence, Runnable callback) {
        this.heap = heap;
        this.when = when;
        this.sequence = sequence;
        this.callback = callback;
    }

    @Override
    public long when() {
        return when;
    }

    @Override
    public void cancel() {
        if (callback != null) {
            callback = null;
            cancelled = true;
            heap.noteCancelled();
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void run() {
        Runnable due = callback;
        callback = null;
        if (due != null) {
            due.run();
        }
    }

    boolean isBefore(Timer other) {
        long difference = when - other.when;
        return difference < 0 || (difference == 0 && sequence < other.sequence);
    }

    @Override
    public String toString() {
        return "Timer[when=" + when + (cancelled ? ", cancelled" : "") + ", callback=" + callback + "]";
    }
}
