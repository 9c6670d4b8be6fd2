package dev.matryoshka.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one loop: a binary heap by time, then by age. Loop thread only.
 *
 * <p>Cancelling is O(1) and leaves the entry where it is: most timers of a network are cancelled (a timeout that did not
 * happen), and taking each out of the middle would cost a sift. The dead ones are dropped when they come to the top, or all
 * at once when there are more than {@value #COMPACT_ABOVE} entries and more than half of them are dead (asyncio's
 * {@code _MIN_SCHEDULED_TIMER_HANDLES}, {@code _MIN_CANCELLED_TIMER_HANDLES_FRACTION}).
 */
final class TimerHeap {
    static final int COMPACT_ABOVE = 100;
    private static final int SMALLEST = 64;

    private @Nullable Timer[] heap = new Timer[SMALLEST];
    private int size;
    private int cancelled;
    private long made;

    Timer add(long when, Runnable callback) {
        Timer timer = new Timer(this, when, made++, callback);
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size << 1);
        }
        siftUp(size++, timer);
        return timer;
    }

    /** The next live timer, or null; drops dead ones on the way. */
    @Nullable
    Timer peek() {
        while (size > 0) {
            Timer top = at(0);
            if (!top.isCancelled()) {
                return top;
            }
            cancelled--;
            removeTop(top);
        }
        return null;
    }

    /** Takes the next timer that is due at {@code now}, or null. */
    @Nullable
    Timer pollDue(long now) {
        Timer top = peek();
        if (top == null || top.when - now > 0) {
            return null;
        }
        removeTop(top);
        return top;
    }

    /** Moves the timers that are due to the end of a queue. */
    void moveDue(long now, ReadyQueue<Timer> due) {
        for (Timer next; (next = pollDue(now)) != null; ) {
            due.add(next);
        }
    }

    /** How long it is to the next timer, 0 to {@code longest}; -1 when there is none. */
    long nanosToNext(long now, long longest) {
        Timer next = peek();
        return next == null ? -1 : Math.clamp(next.when - now, 0, longest);
    }

    /** Called by a timer that dies while it lies here. */
    void noteCancelled() {
        cancelled++;
        if (size > COMPACT_ABOVE && cancelled > size / 2) {
            compact();
        }
    }

    /** Entries, dead ones included. */
    int size() {
        return size;
    }

    /** Timers that will still fire. */
    int live() {
        return size - cancelled;
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            at(i).inHeap = false;
        }
        heap = new Timer[SMALLEST];
        size = 0;
        cancelled = 0;
    }

    private void compact() {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            Timer timer = at(i);
            if (timer.isCancelled()) {
                timer.inHeap = false;
            } else {
                heap[kept++] = timer;
            }
        }
        Arrays.fill(heap, kept, size, null);
        size = kept;
        cancelled = 0;
        for (int i = (size >>> 1) - 1; i >= 0; i--) {
            siftDown(i, at(i));
        }
        if (heap.length > SMALLEST && size < heap.length / 4) {
            heap = Arrays.copyOf(heap, Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, size)) << 1));
        }
    }

    private void removeTop(Timer top) {
        top.inHeap = false;
        Timer last = at(--size);
        heap[size] = null;
        if (size > 0) {
            siftDown(0, last);
        }
    }

    private void siftUp(int index, Timer timer) {
        int hole = index;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            Timer above = at(parent);
            if (!timer.isBefore(above)) {
                break;
            }
            heap[hole] = above;
            hole = parent;
        }
        heap[hole] = timer;
    }

    private void siftDown(int index, Timer timer) {
        int hole = index;
        int half = size >>> 1;
        while (hole < half) {
            int child = 2 * hole + 1;
            if (child + 1 < size && at(child + 1).isBefore(at(child))) {
                child++;
            }
            Timer below = at(child);
            if (!below.isBefore(timer)) {
                break;
            }
            heap[hole] = below;
            hole = child;
        }
        heap[hole] = timer;
    }

    private Timer at(int index) {
        Timer timer = heap[index];
        assert timer != null : "hole in the heap at " + index;
        return timer;
    }
}
