package dev.matryoshka.engine;

import dev.matryoshka.loop.TimerHandle;

/** An entry of the {@link TimerHeap}. Loop thread only. */
final class Timer extends Callback implements TimerHandle {
    static final int NOWHERE = -1;

    private final TimerHeap heap;
    final long when;

    /** Tells equal times apart, so that they run in the order in which they were made. */
    final long sequence;

    /** Where it lies in the heap: one that is due leaves it before it runs, and may be cancelled in between. */
    int index = NOWHERE;

    Timer(TimerHeap heap, long when, long sequence, Runnable body) {
        super(body);
        this.heap = heap;
        this.when = when;
        this.sequence = sequence;
    }

    @Override
    public long when() {
        return when;
    }

    @Override
    public void cancel() {
        if (tryCancel() && index != NOWHERE) {
            heap.remove(this);
        }
    }

    @Override
    public String toString() {
        return "Timer[when=" + when + ", " + describe() + "]";
    }
}
