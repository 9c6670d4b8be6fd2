package dev.matryoshka.kernel.memory;

import dev.matryoshka.kernel.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * The time of a {@link MemoryNetwork}: it stands still while anybody works and jumps when everybody waits. Any thread.
 *
 * <pre>
 *   loop A   work ─┤ poll(3 s) ........................│ 3 s over, work
 *   loop B   work ───────┤ poll(5 s) .................│......... waits on: 2 s left
 *   clock    0 0 0 0 0 0 0 ─▶ 3 s, at once, because nobody was left who could have sent anything
 * </pre>
 *
 * So a test of a day takes microseconds, and the order of what happens in it is always the same. It jumps to the earliest
 * deadline of all kernels of the network, never over one. It does not jump
 * <ul>
 *   <li>while it is held: somebody outside the network is at work and will wake a loop (an executor's job, a test's thread);
 *   <li>while another kernel of the network is open and its thread is busy elsewhere. A thread that ended counts as waiting,
 *       and so does a kernel whose thread waits in another kernel's poll. <b>A kernel that is left open by a thread that
 *       lives on without polling stops the time of all others.</b>
 * </ul>
 * For time that moves only when a test says so: {@link #hold()} once, then {@link #advance}.
 */
public final class VirtualClock implements Clock {
    private final NetworkLock lock;

    /** The open kernels' pollers. Guarded by the lock. */
    private final List<MemoryPoller> pollers = new ArrayList<>();

    /** Guarded by the lock. */
    private int holds;

    /** Written under the lock, read without. */
    private volatile long now;

    VirtualClock(NetworkLock lock, long originNanos) {
        this.lock = lock;
        this.now = originNanos;
    }

    @Override
    public long nanoTime() {
        return now;
    }

    /**
     * Moves the time by hand. Polls whose time is over by then return; what is due at several moments in between is found
     * due at once, in order.
     *
     * @param nanos 0 or more
     * @throws IllegalArgumentException negative: time does not go back
     */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time does not go back: " + nanos + " ns");
        }
        try (var _ = lock.hold()) {
            goTo(now + nanos);
        }
    }

    /** Says that somebody outside the network is at work: no jumps until as many calls of {@link #release()}. */
    public void hold() {
        try (var _ = lock.hold()) {
            holds++;
        }
    }

    /**
     * Takes back one {@link #hold()}; the last one may make the time jump.
     *
     * @throws IllegalStateException nobody holds it
     */
    public void release() {
        try (var _ = lock.hold()) {
            if (holds == 0) {
                throw new IllegalStateException("release() without hold()");
            }
            holds--;
            jumpIfAllWait();
        }
    }

    // ---- for pollers, which have the lock -------------------------------------------------------------------------

    void join(MemoryPoller poller) {
        pollers.add(poller);
    }

    void leave(MemoryPoller poller) {
        pollers.remove(poller);
        jumpIfAllWait();
    }

    /** To be called after any step towards "all wait". */
    void jumpIfAllWait() {
        if (holds > 0) {
            return;
        }
        MemoryPoller earliest = null;
        for (MemoryPoller poller : pollers) {
            if (!poller.isWaiting()) {
                if (mayAct(poller)) {
                    return;
                }
            } else if (poller.hasDeadline()
                    && (earliest == null || poller.deadlineNanos() - earliest.deadlineNanos() < 0)) {
                earliest = poller;
            }
        }
        if (earliest != null && earliest.deadlineNanos() - now > 0) {
            goTo(earliest.deadlineNanos());
        }
    }

    /** Whether the thread of a kernel that does not wait could still do something in this network. */
    private boolean mayAct(MemoryPoller idle) {
        for (MemoryPoller poller : pollers) {
            if (poller.isWaiting() && poller.thread() == idle.thread()) {
                return false;
            }
        }
        return idle.thread().isAlive();
    }

    private void goTo(long nanos) {
        now = nanos;
        for (MemoryPoller poller : pollers) {
            if (poller.isWaiting() && poller.hasDeadline() && poller.deadlineNanos() - nanos <= 0) {
                poller.rouse();
            }
        }
    }

    @Override
    public String toString() {
        return "VirtualClock[" + now + " ns]";
    }
}
