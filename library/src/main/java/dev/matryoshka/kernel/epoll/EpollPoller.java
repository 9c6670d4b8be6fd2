package dev.matryoshka.kernel.epoll;

import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLLERR;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLLET;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLLHUP;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLLIN;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLLOUT;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLLPRI;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLLRDHUP;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLL_CTL_ADD;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLL_CTL_DEL;
import static dev.matryoshka.kernel.epoll.EpollConstants.EPOLL_CTL_MOD;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.matryoshka.kernel.NotPollableException;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.Watchable;
import dev.matryoshka.kernel.posix.Errno;
import dev.matryoshka.kernel.posix.Libc;
import dev.matryoshka.kernel.posix.Operation;
import dev.matryoshka.kernel.posix.PosixDescriptor;
import dev.matryoshka.kernel.posix.PosixNetworkSocket;
import dev.matryoshka.kernel.posix.PosixSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * One epoll set. Loop thread only, but for {@link #wakeup()}.
 *
 * <h2>The facility</h2>
 * epoll(7) keeps a set of (open file description, descriptor) pairs with an event mask and 64 bits of ours for each.
 * Level-triggered, it answers what is ready at each wait; a direction that nobody wants then has to leave the mask by
 * epoll_ctl(2), or the wait never waits. Edge-triggered (EPOLLET), it answers once after each change, and its mask can
 * stay as it is for the life of the socket.
 *
 * <h2>Our answer</h2>
 * One EPOLL_CTL_ADD with EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP and EPOLLET when a socket is born, and nothing more: an echo is
 * recv, send and its share of one epoll_wait, and close(2) takes the socket out of the set. The price is that the consumer
 * remembers readiness and must know when a direction is drained; an edge that it forgets is not told again. These are
 * the ways to forget one:
 *
 * <ul>
 *   <li><b>A short read.</b> On a stream a read that brings fewer bytes than there was room for has emptied the queue,
 *       and what arrives later is a new edge (epoll(7), Q&amp;A 9). So no recv is spent on EAGAIN. A full read says
 *       nothing: read on.
 *   <li><b>Urgent data.</b> A recv stops before an urgent byte, however many lie behind it, and all of them may be one edge.
 *       So EPOLLPRI is in the mask, for TCP (tcp(7)) and for Unix sockets, which have it since Linux 5.15: it becomes
 *       {@link Readiness#URGENT}, and then only EAGAIN means drained. It is true until a recv begins at that byte, and that one
 *       reads on behind it: whichever poll comes before tells. The byte itself is not part of the stream.
 *   <li><b>Descriptors</b> that a peer sends over a Unix socket (SCM_RIGHTS): a recv stops behind the bytes that they came with,
 *       and epoll does not tell. recvmsg(2) does: so {@link PosixSocket} asks that one, and reads on.
 *   <li><b>Datagrams.</b> A short one says nothing about the next: a datagram socket is drained by EAGAIN only.
 *   <li><b>A FIN that comes together with data</b> is the same edge as the data. After the short read no edge would
 *       follow. For that EPOLLRDHUP is in the mask: it becomes {@link Readiness#HANGUP}, and then the consumer reads
 *       until EOF. A FIN that comes after the wait has answered makes an edge of its own.
 *   <li><b>A reset after a half-close.</b> Both directions may be done with and the application not interested in
 *       either; EPOLLERR and EPOLLHUP, which are always in the mask, come once. They are reported as READABLE and
 *       WRITABLE too, so that whichever direction is asked next meets the error. Being edges, they cannot make the loop
 *       spin if nobody does.
 *   <li><b>EPOLLOUT.</b> Linux marks a socket whose send was refused or shortened (SOCK_NOSPACE) and tells when it has
 *       room again; a short send therefore means "full", and an edge follows. But every wake-up of a socket answers all
 *       that is true of it at that time, so EPOLLOUT comes along with nearly every EPOLLIN: a hint and no more.
 *   <li><b>A Unix datagram</b> is refused (EAGAIN) while the receiver's queue is full. A connected sender is told when one is
 *       taken. Another one is not; but the refused datagram gives its memory back, and that is an edge of EPOLLOUT, at once and
 *       after each refusal: who follows it tries at full speed. So who waits unconnected does so by a timer
 *       ({@link dev.matryoshka.kernel.NonBlockingDatagramSocket#tellsOfRoom()}).
 *   <li><b>A listener</b> would have to be drained by an accept that fails, which costs Linux a descriptor, a file and an
 *       inode for nothing: nearly half of all accepts, and 1.5 us each, when connections come one by one. So who listens is
 *       watched level-triggered, by EPOLLIN alone, and leaves the mask (EPOLL_CTL_MOD) while nobody accepts.
 *   <li><b>A refused accept.</b> With no descriptor left (EMFILE) the connection stays in the queue, which would be told at
 *       each wait. Who accepts takes the listener out of the interest, and tries again by a timer.
 *   <li><b>Before connect</b> a TCP socket in the set reports EPOLLHUP and EPOLLOUT. Register it once its connect is on
 *       the way.
 * </ul>
 *
 * <h2>What can go wrong with descriptors</h2>
 * <ul>
 *   <li><b>Reuse.</b> A number that is closed goes to the next file at once, while an event of its former owner may
 *       still be in our array. Events carry the consumer's token, never the number; a stale token finds nobody.
 *   <li><b>Copies.</b> The set watches the open file description: with a copy of the descriptor alive in a child
 *       process, closing ours removes nothing, and the events go on with no number left to remove them by (epoll(7),
 *       Q&amp;A 6). Pipes may be shared with anybody, so they leave by EPOLL_CTL_DEL before close. Sockets are ours alone:
 *       made here, close-on-exec from birth. Only a child between its fork and its exec has a copy, for as long as that
 *       takes; an event meanwhile carries a stale token, and as an edge comes once. Their close is enough.
 *   <li><b>A full array.</b> With more than {@value #EVENTS} sockets ready the rest comes with the next wait: it has
 *       stayed at the head of Linux's list, so nobody starves.
 * </ul>
 */
final class EpollPoller implements Poller {
    /** 12 KiB, as many as libuv takes. A wait that finds more sockets ready answers the rest next time. */
    static final int EVENTS = 1024;

    /** Marks the bell among the events; no socket may have it. */
    static final long BELL_TOKEN = -1L;

    private static final int STANDING = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;

    /** Of a listener that nobody accepts from; EPOLLERR and EPOLLHUP cannot be masked, but come once. */
    private static final int RESTING = EPOLLET;

    private static final EpollLayout LAYOUT = EpollLayout.HERE;

    private static final int EINTR = Errno.EINTR.number;
    private static final int CLOSED = -1;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final EpollLibc libc;
    private final SystemCalls calls;
    private final Bell bell;

    /** What the last wait answered; its first entry is also the argument of epoll_ctl. */
    private final MemorySegment events;

    /** {@code struct timespec { long seconds; long nanos; }} */
    private final MemorySegment timespec;

    /** Who listened when it was registered, with its token: there are few. */
    private final Map<PosixSocket, Long> listeners = new IdentityHashMap<>();

    private int epoll;

    /** False from the day that epoll_pwait2 is refused. */
    boolean waitsNanos = true;

    /** @throws IOException the set or the bell cannot be made; the message says what to try */
    EpollPoller(EpollLibc libc, SystemCalls calls, Arena arena) throws IOException {
        this.libc = libc;
        this.calls = calls;
        this.events = arena.allocate((long) EVENTS * LAYOUT.bytes(), Long.BYTES);
        this.timespec = arena.allocate(2 * JAVA_LONG.byteSize(), Long.BYTES);
        epoll = EpollProvider.atStart(libc.epollCreate(), "an epoll set");
        int eventfd = libc.eventfd();
        if (eventfd < 0) {
            Libc.close(epoll);
        }
        bell = new Bell(EpollProvider.atStart(eventfd, "an eventfd"), calls);
        int added = control(EPOLL_CTL_ADD, eventfd, EPOLLIN | EPOLLET, BELL_TOKEN);
        if (added < 0) {
            close();
        }
        EpollProvider.atStart(added, "the eventfd in the epoll set");
    }

    /**
     * {@inheritDoc}
     *
     * @throws dev.matryoshka.kernel.ResourceExhaustedException ENOMEM
     * @throws IOException ENOSPC: /proc/sys/fs/epoll/max_user_watches is reached
     * @throws IllegalStateException registered already
     */
    @Override
    public void register(Watchable watchable, long token) throws IOException {
        if (token == BELL_TOKEN) {
            throw new IllegalArgumentException("token " + token + " is the bell's");
        }
        int fd = descriptor(watchable);
        if (fd == CLOSED || epoll == CLOSED) {
            throw new ClosedChannelException();
        }
        PosixSocket listener = watchable instanceof PosixSocket socket && socket.isListening() ? socket : null;
        int result = control(EPOLL_CTL_ADD, fd, listener == null ? STANDING : EPOLLIN, token);
        if (result == -Errno.EEXIST.number) {
            throw new IllegalStateException("registered already: descriptor " + fd);
        }
        if (result == -Errno.EPERM.number) {
            throw new NotPollableException(
                    "watch " + watchable + ": it cannot be polled, as no regular file can (EPERM)");
        }
        if (result < 0) {
            throw Errno.exception(-result, Operation.WATCH, "descriptor " + fd);
        }
        if (listener != null) {
            listeners.put(listener, token);
        }
    }

    /** Nothing to do but for listeners: the registration stands for both directions. */
    @Override
    public void interest(Watchable watchable, int interest) throws IOException {
        if (!(watchable instanceof PosixSocket socket) || !socket.isListening()) {
            return;
        }
        Long token = listeners.get(socket);
        if (token != null) {
            int mask = (interest & Readiness.READABLE) != 0 ? EPOLLIN : RESTING;
            int result = control(EPOLL_CTL_MOD, descriptor(socket), mask, token);
            if (result < 0) {
                throw Errno.exception(-result, Operation.WATCH, socket.localAddress());
            }
        }
    }

    /** Of listeners: see above. */
    @Override
    public boolean repeatsListeners() {
        return true;
    }

    /** The set itself knows what is registered: ENOENT, for a socket that is not, is no error. */
    @Override
    public void deregister(Watchable watchable) {
        int fd = descriptor(watchable);
        if (fd != CLOSED && epoll != CLOSED) {
            control(EPOLL_CTL_DEL, fd, 0, 0);
        }
        forgetListener(watchable);
    }

    /** Close takes a socket out of the set; whatever else there is may be shared with somebody. */
    @Override
    public void deregisterToClose(Watchable watchable) {
        if (watchable instanceof PosixNetworkSocket) {
            forgetListener(watchable);
        } else {
            deregister(watchable);
        }
    }

    private void forgetListener(Watchable watchable) {
        if (watchable instanceof PosixSocket socket && socket.isListening()) {
            listeners.remove(socket);
        }
    }

    private static int descriptor(Watchable watchable) {
        if (watchable instanceof PosixDescriptor ours) {
            return ours.descriptor();
        }
        throw new IllegalArgumentException("not of this kernel: " + watchable);
    }

    private int control(int operation, int fd, int mask, long token) {
        LAYOUT.write(events, 0, mask, token);
        calls.control++;
        return libc.epollControl(epoll, operation, fd, events.address());
    }

    @Override
    public int poll(long timeoutNanos, ReadySink sink) throws IOException {
        if (epoll == CLOSED) {
            throw new ClosedChannelException();
        }
        int found = timeoutNanos > 0 ? waitAtMost(timeoutNanos) : waitUntimed(timeoutNanos == 0 ? 0 : -1);
        if (found < 0) {
            throw Errno.exception(-found, Operation.POLL, "epoll");
        }
        int reported = 0;
        for (int i = 0; i < found; i++) {
            long token = LAYOUT.token(events, i);
            if (token != BELL_TOKEN) {
                sink.ready(token, readiness(LAYOUT.events(events, i)));
                reported++;
            }
        }
        return reported;
    }

    /** One line for each bit that is reported. */
    static int readiness(int events) {
        int bits = 0;
        bits |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 ? Readiness.READABLE : 0;
        bits |= (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 ? Readiness.WRITABLE : 0;
        bits |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0 ? Readiness.HANGUP : 0;
        bits |= (events & EPOLLERR) != 0 ? Readiness.ERROR : 0;
        bits |= (events & EPOLLPRI) != 0 ? Readiness.URGENT : 0;
        return bits;
    }

    /** @param millis 0 or −1, so that no clock is needed when a signal interrupts */
    private int waitUntimed(int millis) {
        int found;
        do {
            calls.poll++;
            found = libc.epollWait(epoll, events.address(), EVENTS, millis);
        } while (found == -EINTR);
        return found;
    }

    private int waitAtMost(long timeoutNanos) {
        long start = System.nanoTime();
        long rest = timeoutNanos;
        for (; ; ) {
            int found = waitOnce(rest);
            if (found != -EINTR) {
                return found;
            }
            rest = timeoutNanos - (System.nanoTime() - start);
            if (rest <= 0) {
                return 0;
            }
        }
    }

    private int waitOnce(long nanos) {
        calls.poll++;
        if (waitsNanos) {
            timespec.set(JAVA_LONG, 0, nanos / NANOS_PER_SECOND);
            timespec.set(JAVA_LONG, Long.BYTES, nanos % NANOS_PER_SECOND);
            int found = libc.epollWaitNanos(epoll, events.address(), EVENTS, timespec.address());
            if (!isRefused(found)) {
                return found;
            }
            waitsNanos = false;
        }
        return libc.epollWait(epoll, events.address(), EVENTS, roundUpToMillis(nanos));
    }

    /**
     * ENOSYS: a new libc on an old Linux. EPERM, which the call itself never answers: a sandbox that does not know it, and forbids
     * what it does not know (seccomp(2), a default action of SCMP_ACT_ERRNO).
     */
    static boolean isRefused(int result) {
        return result == -Errno.ENOSYS.number || result == -Errno.EPERM.number;
    }

    /** Up, or a timer that is due in half a millisecond would be polled for without a pause. */
    static int roundUpToMillis(long nanos) {
        return (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(nanos, NANOS_PER_MILLI));
    }

    @Override
    public void wakeup() {
        bell.ring();
    }

    /** True: epoll_wait is a foreign call, which blocks the thread that it is made on, virtual or not. */
    @Override
    public boolean pollsOnVirtualThread() {
        return true;
    }

    /** Idempotent. */
    void close() {
        bell.close();
        if (epoll != CLOSED) {
            Libc.close(epoll);
            epoll = CLOSED;
        }
    }
}
