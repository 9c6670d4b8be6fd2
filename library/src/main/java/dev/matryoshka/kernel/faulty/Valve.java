package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.Readiness;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stalls the sockets of all kernels that share it: a peer that neither reads nor writes, a network that has gone silent. Any
 * thread.
 *
 * <p>While READABLE is shut, receives answer WOULD_BLOCK, accepts null, and no event of that direction is reported; while
 * WRITABLE is shut, sends answer WOULD_BLOCK and connects do not end. Opening reports what was withheld, and the opened
 * direction of every socket besides.
 */
public final class Valve {
    private static final int BOTH = Readiness.READABLE | Readiness.WRITABLE;

    private final AtomicInteger shut = new AtomicInteger();

    /** Changes with each turn, so that a poller sees that it has something to do. */
    private final AtomicInteger turns = new AtomicInteger();

    private final List<Poller> pollers = new CopyOnWriteArrayList<>();

    /** @param directions READABLE, WRITABLE or both; takes effect with the next call of each kernel */
    public void shut(int directions) {
        shut.accumulateAndGet(checked(directions), (a, b) -> a | b);
        turned();
    }

    /** @param directions READABLE, WRITABLE or both; wakes the kernels */
    public void open(int directions) {
        shut.accumulateAndGet(checked(directions), (a, b) -> a & ~b);
        turned();
    }

    private static int checked(int directions) {
        if ((directions & ~BOTH) != 0) {
            throw new IllegalArgumentException("not directions: " + directions);
        }
        return directions;
    }

    private void turned() {
        turns.incrementAndGet();
        pollers.forEach(Poller::wakeup);
    }

    /** The directions that are shut. */
    public int shut() {
        return shut.get();
    }

    int turns() {
        return turns.get();
    }

    void join(Poller poller) {
        pollers.add(poller);
    }

    void leave(Poller poller) {
        pollers.remove(poller);
    }
}
