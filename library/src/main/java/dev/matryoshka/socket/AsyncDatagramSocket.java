package dev.matryoshka.socket;

import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;

import dev.matryoshka.address.Datagram;
import dev.matryoshka.engine.DatagramChannel;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Handover;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket for tasks, UDP or of the Unix domain: BSD's calls in BSD's words, and each parks the task where a blocking one
 * would block the thread (asyncio's {@code sock_recvfrom, sock_recvfrom_into, sock_sendto}; there the user makes the socket, here the
 * loop's kernel does).
 *
 * {@snippet :
 * try (AsyncDatagramSocket socket = AsyncDatagramSocket.open(loop, StandardProtocolFamily.INET)) {
 *     socket.bind(new InetSocketAddress("127.0.0.1", 9999));
 *     while (true) {
 *         Datagram asked = socket.recvFrom(2048);
 *         socket.sendTo(asked.bytes(), asked.sender());
 *     }
 * }
 * }
 *
 * <p>Loop thread only, but for {@link #loop()}, {@link #isOpen()} and {@link #toString()}. Calls marked {@link Parks} are for
 * tasks of this loop: elsewhere they throw at once. One task may receive while another sends; a second one in the same direction gets
 * {@link dev.matryoshka.loop.BusyException} at once. A call that throws {@link InterruptedException} has taken no datagram and sent
 * none. After 64 calls, or 256 KiB, in one pass, and what earlier ones have left of as much, a call lets everything else have a pass
 * first.
 *
 * <p>An error is about one datagram, and the socket goes on: {@link java.net.PortUnreachableException} on a connected one says that
 * nobody was there for an earlier one; {@code EMSGSIZE} that this one is too long. What the network loses is told by nobody.
 */
public final class AsyncDatagramSocket implements AutoCloseable {
    static {
        Handover.grant((socket, engine) -> socket instanceof AsyncDatagramSocket ours ? ours.detachFor(engine) : null);
    }

    private final DatagramCore core;

    private AsyncDatagramSocket(DatagramCore core) {
        this.core = core;
        core.guard(this);
    }

    /**
     * Opens a UDP socket (INET, INET6) or a Unix datagram socket: non-blocking, close-on-exec, neither bound nor connected; see
     * socket(2). Close it; nobody else will before the loop does.
     *
     * @throws UnsupportedOperationException the loop's kernel has no datagram sockets of that family: {@code nio} none of UNIX
     * @throws IOException descriptors or memory have run out
     */
    public static AsyncDatagramSocket open(Loop loop, StandardProtocolFamily family) throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        return new AsyncDatagramSocket(new DatagramCore(engine, engine.kernel().openDatagram(family)));
    }

    private NonBlockingDatagramSocket detachFor(LoopEngine engine) throws IOException {
        if (core.engine != engine) {
            throw new IllegalArgumentException("a socket of event loop '" + engine.name() + "' was expected: " + this);
        }
        return core.detach();
    }

    // ---- addresses ------------------------------------------------------------------------------------------------

    /**
     * Binds to a local address, bind(2). Never looks a name up: of an unresolved address only a literal host is taken.
     *
     * @param local port 0 lets the system choose: see {@link #localAddress()}
     * @throws java.net.BindException in use, not ours or not permitted; the address is in the message
     * @throws IllegalArgumentException a name, or not an address of this family
     */
    public void bind(SocketAddress local) throws IOException {
        checkOpen("bind");
        core.socket.bind(withoutName(local));
    }

    /**
     * Sets the peer, connect(2): {@link #send} goes there, and others are no longer heard. Takes no time, sends nothing, and may be
     * called again for another one. Never looks a name up.
     *
     * @throws java.net.ConnectException no route, or nobody of that Unix name
     * @throws IllegalArgumentException a name, or not an address of this family
     */
    public void connect(SocketAddress remote) throws IOException {
        checkOpen("connect");
        core.socket.connect(withoutName(remote));
    }

    /** Takes the peer away again; the local port stays. */
    public void disconnect() throws IOException {
        checkOpen("disconnect");
        core.socket.disconnect();
    }

    private static SocketAddress withoutName(SocketAddress address) {
        if (!(address instanceof InetSocketAddress internet) || !internet.isUnresolved()) {
            return Objects.requireNonNull(address, "address");
        }
        InetAddress literal = HostAddresses.literal(internet.getHostString());
        if (literal == null) {
            throw new IllegalArgumentException("not a literal address: " + address + "; look it up first");
        }
        return new InetSocketAddress(literal, internet.getPort());
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    /**
     * Waits for a datagram and takes it, recvfrom(2) (asyncio {@code sock_recvfrom}).
     *
     * @param bytesMax at least 1; what is longer is cut there, and {@link #isTruncated()} says so. One call brings 64 KiB at most
     * @throws InterruptedException cancelled; no datagram was taken
     */
    @Parks
    public Datagram recvFrom(int bytesMax) throws IOException, InterruptedException {
        core.enter(core.receiving, "recvFrom");
        if (bytesMax < 1) {
            throw new IllegalArgumentException("recvFrom: at least 1 byte: " + bytesMax);
        }
        DatagramChannel channel = core.takeTurn(core.receiving);
        while (true) {
            Datagram datagram = channel.isReadable() ? tryRecvFrom(channel, bytesMax) : null;
            if (datagram != null) {
                core.receiving.spend(datagram.bytes().length);
                return datagram;
            }
            core.awaitReadable();
            Reference.reachabilityFence(this); // the last who knows this socket may wait here
        }
    }

    private @Nullable Datagram tryRecvFrom(DatagramChannel channel, int bytesMax) throws IOException {
        Chunk chunk = core.engine.chunks().take();
        try {
            int count = channel.recvFrom(chunk, 0, Math.min(bytesMax, chunk.capacity()));
            if (count == WOULD_BLOCK) {
                return null;
            }
            byte[] bytes = new byte[count];
            chunk.bytes().clear().get(0, bytes);
            return new Datagram(bytes, Objects.requireNonNull(core.socket.sender()));
        } finally {
            core.engine.chunks().giveBack(chunk);
        }
    }

    /**
     * As {@link #recvFrom} into the room of a buffer (asyncio {@code sock_recvfrom_into}), moving its position. Allocates nothing
     * while the same peer goes on; the fastest with a direct buffer. A buffer without room takes a datagram too, and loses it.
     *
     * @return who sent it
     * @throws IllegalArgumentException the buffer is read-only
     * @throws InterruptedException cancelled; no datagram was taken
     */
    @Parks
    public SocketAddress recvFromInto(ByteBuffer target) throws IOException, InterruptedException {
        core.enter(core.receiving, "recvFromInto");
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("recvFromInto: a read-only buffer");
        }
        DatagramChannel channel = core.takeTurn(core.receiving);
        while (true) {
            int count = channel.isReadable() ? channel.recvFrom(target) : WOULD_BLOCK;
            if (count != WOULD_BLOCK) {
                core.receiving.spend(count);
                return Objects.requireNonNull(core.socket.sender());
            }
            core.awaitReadable();
            Reference.reachabilityFence(this); // the last who knows this socket may wait here
        }
    }

    /** Whether the datagram that was received last was longer than the room for it, and the rest is lost. */
    public boolean isTruncated() {
        core.engine.checkLoopThread();
        return core.socket.isTruncated();
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    /**
     * Sends one datagram, waiting for room, sendto(2) (asyncio {@code sock_sendto}); an empty one is sent too. The position goes to
     * the limit when it is sent.
     *
     * @param target where to; for a connected socket its peer
     * @return how many bytes it had
     * @throws IllegalArgumentException connected to somebody else, or not an address of this family
     * @throws InterruptedException cancelled; nothing was sent
     */
    @Parks
    public int sendTo(ByteBuffer source, SocketAddress target) throws IOException, InterruptedException {
        return sendOrWait(source, withoutName(target), "sendTo");
    }

    /** As {@link #sendTo(ByteBuffer, SocketAddress)}. */
    @Parks
    public int sendTo(byte[] source, SocketAddress target) throws IOException, InterruptedException {
        return sendTo(ByteBuffer.wrap(source), target);
    }

    /**
     * Sends one datagram to the peer of a connected socket.
     *
     * @throws java.net.SocketException not connected (EDESTADDRREQ)
     * @throws InterruptedException cancelled; nothing was sent
     */
    @Parks
    public int send(ByteBuffer source) throws IOException, InterruptedException {
        return sendOrWait(source, null, "send");
    }

    private int sendOrWait(ByteBuffer source, @Nullable SocketAddress target, String method)
            throws IOException, InterruptedException {
        core.enter(core.sending, method);
        int length = source.remaining();
        DatagramChannel channel = core.takeTurn(core.sending);
        while (!channel.isWritable() || !channel.sendTo(source, target)) {
            core.awaitWritable();
            Reference.reachabilityFence(this); // the last who knows this socket may wait here
        }
        core.sending.spend(length);
        return length;
    }

    // ---- groups, options, asking ----------------------------------------------------------------------------------

    /** Joins a multicast group; again: nothing. The socket is bound to the wildcard, and the port that the group uses. */
    public void join(InetAddress group, NetworkInterface on) throws IOException {
        join(group, on, null);
    }

    /** As {@link #join(InetAddress, NetworkInterface)} for what one host sends (RFC 4607); null for anybody. */
    public void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        checkOpen("join");
        core.socket.join(group, on, source);
    }

    /**
     * Leaves a group.
     *
     * @throws java.net.SocketException it was not joined there
     */
    public void leave(InetAddress group, NetworkInterface on) throws IOException {
        leave(group, on, null);
    }

    /** As {@link #leave(InetAddress, NetworkInterface)} for one that was joined with a source. */
    public void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        checkOpen("leave");
        core.socket.leave(group, on, source);
    }

    /**
     * Sets an option of {@link java.net.StandardSocketOptions}.
     *
     * @return this
     * @throws UnsupportedOperationException this kind of socket does not have it
     */
    public <T> AsyncDatagramSocket setOption(SocketOption<T> option, T value) throws IOException {
        checkOpen("setOption");
        core.socket.setOption(option, value);
        return this;
    }

    /** As {@link AsyncSocket#setIpv6Only}. */
    public AsyncDatagramSocket setIpv6Only(boolean on) throws IOException {
        checkOpen("setIpv6Only");
        core.socket.setIpv6Only(on);
        return this;
    }

    /** The value of an option as the system has it. */
    public <T> T getOption(SocketOption<T> option) throws IOException {
        checkOpen("getOption");
        return core.socket.getOption(option);
    }

    /** The bound address, with the port that the system chose; null when not bound, or closed. */
    public @Nullable SocketAddress localAddress() {
        core.engine.checkLoopThread();
        return core.isOpen() ? core.socket.localAddress() : null;
    }

    /** The peer; null when not connected, or closed. */
    public @Nullable SocketAddress remoteAddress() {
        core.engine.checkLoopThread();
        return core.isOpen() ? core.socket.remoteAddress() : null;
    }

    /** Neither closed nor handed over to a transport. Any thread; away from the loop it may be a little late. */
    public boolean isOpen() {
        return core.isOpen();
    }

    /** Any thread. */
    public Loop loop() {
        return core.engine.face();
    }

    /** Closes it at once: whoever waits gets {@link java.nio.channels.AsynchronousCloseException}. Again: nothing happens. */
    @Override
    public void close() {
        if (isOpen()) {
            core.engine.checkLoopThread();
            core.close();
        }
    }

    private void checkOpen(String method) throws IOException {
        core.engine.checkUsable();
        core.requireOpen(method);
    }

    /** State and, on the loop, addresses. Any thread. */
    @Override
    public String toString() {
        String line = "AsyncDatagramSocket[" + core.socket.family() + (isOpen() ? "" : ", closed");
        if (isOpen() && core.engine.isLoopThread()) {
            SocketAddress remote = remoteAddress();
            line += ", " + localAddress() + (remote == null ? "" : " -> " + remote);
        }
        return line + "]";
    }
}
