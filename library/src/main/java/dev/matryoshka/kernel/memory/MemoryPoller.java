package dev.matryoshka.kernel.memory;

import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Tells one loop what happened to its sockets. Loop thread only, but for {@link #wakeup()}.
 *
 * <p>Edge-triggered, and stricter than epoll: it reports what changed and nothing besides, where epoll adds all else that is
 * true at that moment. A consumer that lives on such gifts hangs here, which is what a test wants. Registering reports
 * what is already the case, as epoll does.
 *
 * <p>A poll that has nothing to report waits: it says so under the network's lock, lets the clock jump if that was all that
 * everybody waited for, and parks. Whoever has an event for it (or time that is over) takes its {@code waiting} away under
 * the same lock, so no wake-up is lost. An interrupt ends the wait too, and stays set.
 */
final class MemoryPoller implements Poller {
    /** Events per poll, as epoll_wait has a limit; the rest comes with the next one. */
    static final int EVENTS_MAX = 1024;

    /** Longest time that can be waited for: a deadline must not overtake the clock by half its range. */
    private static final long TIMEOUT_NANOS_MAX = Long.MAX_VALUE >> 1;

    /** How often a wait for others, on virtual time, looks whether their threads still live; in real nanoseconds. */
    private static final long RECHECK_NANOS = 50_000_000;

    private static final int BEGAN_TO_WAIT = -1;

    private final MemoryNetwork network;
    private final NetworkLock lock;
    private final Clock clock;
    private final SystemCalls calls;

    /** Null on real time. */
    private final @Nullable VirtualClock virtualClock;

    /** Registrations with something to report, in the order of their first event. Guarded by the lock. */
    private final ArrayDeque<Signal.Watch> ready = new ArrayDeque<>();

    /** What one poll reports, taken out under the lock and handed to the sink without it. */
    private final long[] tokens = new long[EVENTS_MAX];

    private final int[] bits = new int[EVENTS_MAX];

    /** Who polls, or will: the opener at first. Written by it, under the lock. */
    private Thread thread = Thread.currentThread();

    /** Written under the lock: true by the poll, false by whoever ends its wait. */
    private volatile boolean waiting;

    /** Whether {@link #deadlineNanos} counts; both guarded by the lock. */
    private boolean limited;

    private long deadlineNanos;

    /** {@link #wakeup()} was called, and no poll has returned since. Guarded by the lock. */
    private boolean rung;

    /** Guarded by the lock. */
    private boolean closed;

    MemoryPoller(MemoryNetwork network, SystemCalls calls) {
        this.network = network;
        this.lock = network.lock();
        this.clock = network.clock();
        this.virtualClock = network.virtualTime();
        this.calls = calls;
    }

    // ---- registrations --------------------------------------------------------------------------------------------

    @Override
    public void register(Watchable watchable, long token) throws IOException {
        MemoryWatchable ours = ours(watchable);
        try (var _ = lock.hold()) {
            if (!ours.isOpen()) {
                throw new ClosedChannelException();
            }
            ensureOpen();
            if (ours.signal().watch() != null) {
                throw new IllegalStateException("already registered: " + watchable);
            }
            calls.control++;
            ours.signal().watchedBy(new Signal.Watch(this, token));
            ours.signal().raise(ours.readiness());
        }
    }

    @Override
    public void interest(Watchable watchable, int interest) {
        try (var _ = lock.hold()) {
            Signal.Watch watch = ours(watchable).signal().watch();
            if (watch == null || watch.poller != this) {
                throw new IllegalStateException("not registered here: " + watchable);
            }
        }
    }

    @Override
    public void deregister(Watchable watchable) {
        try (var _ = lock.hold()) {
            Signal signal = ours(watchable).signal();
            if (signal.watch() != null) {
                calls.control++;
                signal.unwatch();
            }
        }
    }

    private MemoryWatchable ours(Watchable watchable) {
        if (watchable instanceof MemoryWatchable ours && ours.isOf(network)) {
            return ours;
        }
        throw new IllegalArgumentException("not of this network: " + watchable);
    }

    // ---- polling --------------------------------------------------------------------------------------------------

    @Override
    public int poll(long timeoutNanos, ReadySink sink) throws IOException {
        calls.poll++;
        int count = look(timeoutNanos);
        if (count == BEGAN_TO_WAIT) {
            park();
            count = look(0);
        }
        for (int i = 0; i < count; i++) {
            sink.ready(tokens[i], bits[i]);
        }
        return count;
    }

    /** Takes what is ready; if there is nothing and there is time, begins to wait and answers {@link #BEGAN_TO_WAIT}. */
    private int look(long timeoutNanos) {
        try (var _ = lock.hold()) {
            ensureOpen();
            thread = Thread.currentThread();
            int count = takeReady();
            if (count == 0 && !rung && timeoutNanos != 0) {
                beginWaiting(timeoutNanos);
                return BEGAN_TO_WAIT;
            }
            rung = false;
            return count;
        }
    }

    private int takeReady() {
        int count = 0;
        while (count < EVENTS_MAX) {
            Signal.Watch watch = ready.poll();
            if (watch == null) {
                break;
            }
            int happened = watch.take();
            if (happened != 0) {
                tokens[count] = watch.token();
                bits[count++] = happened;
            }
        }
        return count;
    }

    private void beginWaiting(long timeoutNanos) {
        limited = timeoutNanos > 0;
        deadlineNanos = clock.nanoTime() + Math.min(timeoutNanos, TIMEOUT_NANOS_MAX);
        waiting = true;
        if (virtualClock != null) {
            virtualClock.jumpIfAllWait();
        }
    }

    private void park() {
        while (waiting) {
            if (Thread.currentThread().isInterrupted()) {
                stopWaiting();
            } else if (!limited) {
                LockSupport.park(this);
            } else if (virtualClock == null) {
                parkUntilDeadline();
            } else {
                LockSupport.parkNanos(this, RECHECK_NANOS);
                recheck(virtualClock);
            }
        }
    }

    private void parkUntilDeadline() {
        long rest = deadlineNanos - clock.nanoTime();
        if (rest > 0) {
            LockSupport.parkNanos(this, rest);
        } else {
            stopWaiting();
        }
    }

    /** A thread that has ended tells nobody that it will no longer act. */
    private void recheck(VirtualClock time) {
        try (var _ = lock.hold()) {
            time.jumpIfAllWait();
        }
    }

    private void stopWaiting() {
        try (var _ = lock.hold()) {
            waiting = false;
        }
    }

    @Override
    public void wakeup() {
        try (var _ = lock.hold()) {
            if (!closed) {
                calls.wakeup++;
                rung = true;
                rouse();
            }
        }
    }

    @Override
    public boolean pollsOnVirtualThread() {
        return false;
    }

    // ---- for the network, which has the lock ----------------------------------------------------------------------

    /** A registration has its first event since it was taken last. */
    void enqueue(Signal.Watch watch) {
        ready.add(watch);
        rouse();
    }

    /** Ends a wait. */
    void rouse() {
        if (waiting) {
            waiting = false;
            lock.unparkLater(thread);
        }
    }

    boolean isWaiting() {
        return waiting;
    }

    boolean hasDeadline() {
        return limited;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    Thread thread() {
        return thread;
    }

    void close() {
        closed = true;
        ready.clear();
        rouse();
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException("the kernel of this poller is closed");
        }
    }
}
