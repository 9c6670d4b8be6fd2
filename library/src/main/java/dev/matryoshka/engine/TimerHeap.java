package dev.matryoshka.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one loop: a heap by time, then by age. Loop thread only.
 *
 * <p>Most timers of a network are cancelled: a timeout that did not happen. One that is cancelled leaves at once, for it knows its
 * place, and it mostly lies near the end, where those with a late time are: two or three steps, however many there are. asyncio
 * leaves it where it is until more than half are dead, which costs it a walk over all of them, and holds twice the memory.
 *
 * <p>The times stand in an array of their own, four children to a parent: a step reads one cache line of it and no timer, and with a
 * million timers there are ten steps from the end to the top (docs/design/0020-timers.md).
 */
final class TimerHeap {
    private static final int SMALLEST = 64;
    private static final int CHILDREN_SHIFT = 2;
    private static final int CHILDREN = 1 << CHILDREN_SHIFT;

    private @Nullable Timer[] timers = new Timer[SMALLEST];

    /** The same timers' times. */
    private long[] times = new long[SMALLEST];

    /** Of the loop: what no time here is absurdly far from. A reading of the clock for each timer would cost as much as the timer. */
    private final long born;

    private int size;
    private long made;

    TimerHeap(long born) {
        this.born = born;
    }

    /** @param when any number; the heap compares by differences, so absurd ones become the past or never */
    Timer add(long when, Runnable callback) {
        Timer timer = new Timer(this, Instants.within(born, when), made++, callback);
        if (size == times.length) {
            resize(size << 1);
        }
        siftUp(size++, timer);
        return timer;
    }

    /** The next timer, or null. */
    @Nullable
    Timer peek() {
        return size == 0 ? null : at(0);
    }

    /** Takes the next timer that is due at {@code now}, or null. */
    @Nullable
    Timer pollDue(long now) {
        if (size == 0 || times[0] - now > 0) {
            return null;
        }
        Timer top = at(0);
        remove(top);
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
        return size == 0 ? -1 : Math.clamp(times[0] - now, 0, longest);
    }

    /** Takes one out that lies here. */
    void remove(Timer timer) {
        int index = timer.index;
        timer.index = Timer.NOWHERE;
        Timer last = at(--size);
        timers[size] = null;
        if (index < size) {
            siftDown(index, last);
            if (last.index == index) {
                siftUp(index, last);
            }
        }
        if (size < times.length >> 2 && times.length > SMALLEST) {
            resize(times.length >> 1);
        }
    }

    /** Timers that will still fire. */
    int size() {
        return size;
    }

    /** Room, of which {@link #size} is used. */
    int places() {
        return times.length;
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            at(i).index = Timer.NOWHERE;
        }
        timers = new Timer[SMALLEST];
        times = new long[SMALLEST];
        size = 0;
    }

    private void resize(int length) {
        timers = Arrays.copyOf(timers, length);
        times = Arrays.copyOf(times, length);
    }

    private void siftUp(int index, Timer timer) {
        int hole = index;
        while (hole > 0) {
            int parent = (hole - 1) >>> CHILDREN_SHIFT;
            if (!isBefore(timer, parent)) {
                break;
            }
            move(parent, hole);
            hole = parent;
        }
        put(hole, timer);
    }

    private void siftDown(int index, Timer timer) {
        int hole = index;
        for (int first; (first = (hole << CHILDREN_SHIFT) + 1) < size; ) {
            int least = leastOf(first, Math.min(first + CHILDREN, size));
            if (isBefore(timer, least)) {
                break;
            }
            move(least, hole);
            hole = least;
        }
        put(hole, timer);
    }

    private int leastOf(int first, int end) {
        int least = first;
        for (int child = first + 1; child < end; child++) {
            long difference = times[child] - times[least];
            if (difference < 0 || (difference == 0 && at(child).sequence < at(least).sequence)) {
                least = child;
            }
        }
        return least;
    }

    private boolean isBefore(Timer timer, int index) {
        long difference = timer.when - times[index];
        return difference < 0 || (difference == 0 && timer.sequence < at(index).sequence);
    }

    private void move(int from, int to) {
        Timer timer = at(from);
        timers[to] = timer;
        times[to] = times[from];
        timer.index = to;
    }

    private void put(int index, Timer timer) {
        timers[index] = timer;
        times[index] = timer.when;
        timer.index = index;
    }

    private Timer at(int index) {
        Timer timer = timers[index];
        assert timer != null : "hole in the heap at " + index;
        return timer;
    }
}
