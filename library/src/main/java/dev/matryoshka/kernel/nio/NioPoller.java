package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;

/**
 * One Selector. Loop thread only, but for {@link #wakeup()}.
 *
 * <h2>The facility</h2>
 * A {@link Selector} is the JDK's own layer over epoll, kqueue or wepoll (read in JDK 25, {@code sun.nio.ch}). One select takes
 * three locks that nobody else wants, looks each ready descriptor up in a hash map, and waits in whole milliseconds. It is
 * level-triggered: what is ready and in the interest set is answered by each select until it is collected. A key's
 * interest is changed lazily, by one epoll_ctl in the next select, and only if it differs by then.
 *
 * <h2>What can go wrong, and our answer</h2>
 * <ul>
 *   <li><b>The selected-key set</b> costs an entry per event and a removal that is easily forgotten. {@code select(Consumer)}
 *       hands each key over and keeps nothing; the consumer here is made once, so that a poll allocates nothing.
 *   <li><b>Spinning on what nobody collects.</b> A direction that the consumer will not act on stays ready, and a wait that
 *       never waits burns a core. So {@link #interest} is obeyed to the letter, and a key without interest leaves the epoll set
 *       altogether: a reset is then not noticed either, before somebody asks for a direction again.
 *   <li><b>Milliseconds.</b> Rounded down, a timer due in half a millisecond would be polled for without a pause; so they are
 *       rounded up, and timers are late by up to one.
 *   <li><b>Cancelled keys</b> stay in the selector until its next select, and the JDK does not close a descriptor that is still
 *       in there: it shuts its output down and leaves the rest for later. The port would stay taken and the reset that unread
 *       input asks for would come late. So the first close of a pass that finds such a key calls {@link #flush()}, one look
 *       that drops all of them.
 *   <li><b>That look swallows a wake-up</b>, because every select does. {@link #rung} remembers it, and flush rings again.
 *   <li><b>Selecting on a virtual thread</b> is turned by the JDK into a park until one of its own poller threads has seen the
 *       epoll descriptor ready: two more switches for each wait. {@link #pollsOnVirtualThread()} says no.
 *   <li><b>An interrupt</b> makes a select return and stays set; the next one returns at once. The loop takes it off.
 *   <li><b>No hang-ups.</b> A Selector knows neither EPOLLRDHUP nor EPOLLERR. They come as whatever the interest set holds, and
 *       being level-triggered they come again: a FIN that arrives with data is reported after the short read.
 * </ul>
 *
 * <h2>The price</h2>
 * 1.1 to 1.35 times the CPU of epoll per echo (design page, measured facts): locks, the map, one more epoll_ctl whenever a
 * writer has to wait. Descriptors are close-on-exec only as far as the JDK goes: it closes them in the children that it starts.
 */
final class NioPoller implements Poller {
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final Consumer<SelectionKey> NOBODY = key -> {};
    private static final VarHandle WAKEUPS;

    static {
        try {
            WAKEUPS = MethodHandles.lookup().findVarHandle(SystemCalls.class, "wakeup", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Selector selector;
    private final SystemCalls calls;
    private final Consumer<SelectionKey> collector = this::collect;

    /**
     * A wake-up was asked for, and no poll has begun since. Set by any thread before it wakes the selector. A wake-up that falls
     * between the beginning of a poll and its end is served by that poll; one that comes later finds this set at its flush.
     */
    private volatile boolean rung;

    /** Of the poll that is under way. */
    private ReadySink sink = (token, readiness) -> {};

    private int reported;

    NioPoller(SystemCalls calls) throws IOException {
        this.selector = Selector.open();
        this.calls = calls;
    }

    // ---- registrations --------------------------------------------------------------------------------------------

    /**
     * {@inheritDoc}
     *
     * <p>A socket that neither listens nor connects yet is watched from the moment that it does: before, it has nothing to tell.
     *
     * @throws IllegalStateException registered already
     */
    @Override
    public void register(Watchable watchable, long token) throws IOException {
        NioWatchable ours = ours(watchable);
        ours.ensureOpen();
        ensureOpen();
        NioRegistration registration = ours.registration();
        if (registration.standing) {
            throw new IllegalStateException("registered already: " + watchable);
        }
        registration.token = token;
        registration.interest = Readiness.READABLE;
        registration.standing = true;
        try {
            update(ours);
        } catch (IOException | RuntimeException failed) {
            registration.standing = false;
            throw failed;
        }
    }

    @Override
    public void interest(Watchable watchable, int interest) throws IOException {
        NioWatchable ours = ours(watchable);
        if (!ours.registration().standing) {
            throw new IllegalStateException("not registered: " + watchable);
        }
        ours.registration().interest = interest;
        update(ours);
    }

    /** Brings the key in line with what the socket is by now, and with the interest; makes the key when there is none. */
    void update(NioWatchable watched) throws IOException {
        NioRegistration registration = watched.registration();
        if (!registration.standing || watched.isRoleless()) {
            return;
        }
        int operations = watched.operations(registration.interest);
        SelectionKey key = registration.key;
        if (key == null) {
            if (watched.channel().isRegistered()) {
                flush(); // an earlier registration's key, which could not be used again
            }
            registration.key = watched.channel().register(selector, operations, registration);
            calls.control++;
        } else if (key.isValid() && key.interestOps() != operations) {
            key.interestOps(operations);
            calls.control++;
        }
    }

    @Override
    public void deregister(Watchable watchable) {
        NioRegistration registration = ours(watchable).registration();
        registration.standing = false;
        SelectionKey key = registration.key;
        if (key != null) {
            registration.key = null;
            key.cancel();
            calls.control++;
        }
    }

    private static NioWatchable ours(Watchable watchable) {
        if (watchable instanceof NioWatchable ours) {
            return ours;
        }
        throw new IllegalArgumentException("not of this kernel: " + watchable);
    }

    /** Makes the selector let go of all cancelled keys. What is ready is answered by the next poll as well. */
    void flush() {
        try {
            selector.selectNow(NOBODY);
        } catch (IOException | ClosedSelectorException failed) {
            return; // then the JDK closes the descriptor with the next select that works, or has closed it with the
            // selector
        }
        if (rung) {
            selector.wakeup();
        }
    }

    // ---- polling --------------------------------------------------------------------------------------------------

    @Override
    public int poll(long timeoutNanos, ReadySink sink) throws IOException {
        ensureOpen();
        calls.poll++;
        this.sink = sink;
        reported = 0;
        rung = false;
        if (timeoutNanos == 0) {
            selector.selectNow(collector);
        } else if (timeoutNanos < 0) {
            selector.select(collector);
        } else {
            selector.select(collector, Math.ceilDiv(timeoutNanos, NANOS_PER_MILLI));
        }
        return reported;
    }

    private void collect(SelectionKey key) {
        if (key.isValid() && key.attachment() instanceof NioRegistration registration && registration.standing) {
            sink.ready(registration.token, readiness(key.readyOps()));
            reported++;
        }
    }

    /** A listener accepts where others read; a connect ends where others write. */
    private static int readiness(int operations) {
        int bits = 0;
        bits |= (operations & (SelectionKey.OP_READ | SelectionKey.OP_ACCEPT)) != 0 ? Readiness.READABLE : 0;
        bits |= (operations & (SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)) != 0 ? Readiness.WRITABLE : 0;
        return bits;
    }

    @Override
    public void wakeup() {
        if (selector.isOpen()) {
            rung = true;
            selector.wakeup();
            long ignored = (long) WAKEUPS.getAndAdd(calls, 1L);
        }
    }

    /** False: see the class comment. */
    @Override
    public boolean pollsOnVirtualThread() {
        return false;
    }

    /** True: a Selector answers what is ready at each select. */
    @Override
    public boolean repeatsListeners() {
        return true;
    }

    private void ensureOpen() throws ClosedChannelException {
        if (!selector.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    /** Idempotent. Afterwards no channel is held back by a key. */
    void close() {
        try {
            selector.close();
        } catch (IOException failed) {
            // the JDK's selectors close all the same, and a close that throws would leave the sockets open
        }
    }
}
