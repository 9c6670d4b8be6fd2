package dev.matryoshka.kernel.memory;

import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * A network in memory: one address space and one time for all kernels that are opened from it. Any thread.
 *
 * <h2>What it models</h2>
 * Sockets of TCP, UDP and of the Unix domain as Linux shows them over the loopback device:
 * <ul>
 *   <li>Bounded windows: a connection takes SO_SNDBUF here plus SO_RCVBUF there of bytes that nobody has received, then
 *       answers WOULD_BLOCK, and an edge when there is room again.
 *   <li>Half-close, end of stream, resets (unread input at close, SO_LINGER 0, sending to a socket that is gone), with the
 *       pending error once and the bytes that had arrived before it: {@link Endpoint}, {@link PipeState}.
 *   <li>Bind conflicts, ephemeral ports, wildcards, IPv6 sockets that take IPv4, SO_REUSEPORT groups: {@link AddressBook}.
 *   <li>The accept queue of backlog + 1, and clients that wait for room in it: {@link AcceptQueue}.
 *   <li>Datagrams, whole and in order, to one socket, to everybody (SO_BROADCAST) or to a group: {@link DatagramCore}.
 *   <li>An edge-triggered poller: {@link MemoryPoller}.
 *   <li>Time that stands still while anybody works: {@link VirtualClock}.
 * </ul>
 *
 * <h2>Where it differs from a real network</h2>
 * <ul>
 *   <li>Nothing takes time, is lost, or comes in another order. What was sent can be received in the next moment. A wrapper
 *       kernel adds what goes wrong.
 *   <li>A UDP datagram whose receiver is full is not dropped: its sender waits, as it does on a Unix socket. So all that is lost
 *       was lost on purpose. Only of a broadcast or multicast the full receivers get nothing.
 *   <li>A TCP connect is never complete at once: its end is told by the next poll. A client that finds the queue full gets
 *       in as soon as there is room, without the seconds that Linux lets pass.
 *   <li>Hosts are the loopback addresses and those of {@link #addHost}; from {@link #addSilentHost} nothing comes back; all
 *       others are unreachable at once. There are no routes, interfaces or scopes.
 *   <li>No TIME_WAIT, no simultaneous open, no urgent data, no keep-alive: such options are remembered and do nothing.
 *   <li>A Unix address is a name, not a file: nothing appears in the file system, and it is free when its socket closes.
 * </ul>
 *
 * <h2>What can go wrong, and our answer</h2>
 * Kernels of one network may serve loops on several threads. One lock guards everything; it spins, because a lock that parks
 * can stop a loop for ever ({@link NetworkLock}). It is held for one call, never while a sink is called or a thread
 * unparked. What one loop does wakes the poller of the other.
 *
 * <h2>Price</h2>
 * Two copies per byte, as on a real loopback; send, poll and receive of 1,000 bytes take some 100 ns together (measured, on
 * one thread); memory for what is under way only. With many threads the one lock is contended: this is for tests, not for
 * traffic between threads.
 */
public final class MemoryNetwork implements KernelProvider {
    /** What both windows of a fresh socket hold, in bytes: a direction takes twice that before it is full. */
    public static final int WINDOW_BYTES = 64 * 1024;

    /** Where virtual time begins: not at 0, so that a forgotten origin is seen. */
    private static final long ORIGIN_NANOS = 1_000_000_000_000L;

    private final NetworkLock lock = new NetworkLock();

    /** Guarded by the lock. */
    private final AddressBook addresses = new AddressBook();

    private final Clock clock;
    private final @Nullable VirtualClock virtualTime;

    /** Guarded by the lock. */
    private int sendBytes = WINDOW_BYTES;

    /** Guarded by the lock. */
    private int receiveBytes = WINDOW_BYTES;

    /** On virtual time: {@link #virtualClock()}. */
    public MemoryNetwork() {
        VirtualClock time = new VirtualClock(lock, ORIGIN_NANOS);
        this.clock = time;
        this.virtualTime = time;
    }

    /**
     * On real time, for loops on several threads that other threads talk to.
     *
     * @param realTime a clock that goes by itself; a poll with a limit waits that long
     */
    public MemoryNetwork(Clock realTime) {
        this.clock = realTime;
        this.virtualTime = null;
    }

    @Override
    public String name() {
        return MemoryKernel.NAME;
    }

    /** Opens a kernel for a loop. Its thread should be the one that will poll: until the first poll this thread counts. */
    @Override
    public Kernel open() {
        MemoryKernel kernel = new MemoryKernel(this);
        if (virtualTime != null) {
            try (var _ = lock.hold()) {
                virtualTime.join(kernel.poller());
            }
        }
        return kernel;
    }

    /** The time of all its kernels. */
    public Clock clock() {
        return clock;
    }

    /** @throws IllegalStateException this network is on real time */
    public VirtualClock virtualClock() {
        if (virtualTime == null) {
            throw new IllegalStateException("this network is on real time");
        }
        return virtualTime;
    }

    /**
     * Sets the windows of sockets that are opened from now on; each socket may change its own by SO_SNDBUF and SO_RCVBUF.
     *
     * @param send bytes, at least 1
     * @param receive bytes, at least 1
     * @return this
     */
    public MemoryNetwork windows(int send, int receive) {
        if (send < 1
                || receive < 1
                || send > OptionValues.WINDOW_BYTES_MAX
                || receive > OptionValues.WINDOW_BYTES_MAX) {
            throw new IllegalArgumentException("windows of " + send + " and " + receive + " bytes");
        }
        try (var _ = lock.hold()) {
            sendBytes = send;
            receiveBytes = receive;
        }
        return this;
    }

    /**
     * Adds a host that sockets can be bound to, besides the loopback addresses; it can be connected to.
     *
     * @return this
     */
    public MemoryNetwork addHost(InetAddress address) {
        try (var _ = lock.hold()) {
            addresses.addHost(address);
        }
        return this;
    }

    /**
     * Adds a host from which nothing ever comes back: a connect to it neither stands nor fails.
     *
     * @return this
     */
    public MemoryNetwork addSilentHost(InetAddress address) {
        try (var _ = lock.hold()) {
            addresses.addSilent(address);
        }
        return this;
    }

    // ---- for its kernels ------------------------------------------------------------------------------------------

    NetworkLock lock() {
        return lock;
    }

    /** Guarded by the lock. */
    AddressBook addresses() {
        return addresses;
    }

    @Nullable
    VirtualClock virtualTime() {
        return virtualTime;
    }

    OptionValues freshOptions(SocketKind kind) {
        try (var _ = lock.hold()) {
            return new OptionValues(kind, sendBytes, receiveBytes);
        }
    }

    void remove(MemoryPoller poller) {
        try (var _ = lock.hold()) {
            poller.close();
            if (virtualTime != null) {
                virtualTime.leave(poller);
            }
        }
    }

    @Override
    public String toString() {
        return "MemoryNetwork[" + clock + "]";
    }
}
