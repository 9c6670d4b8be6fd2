package dev.matryoshka.socket;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Handover;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.file.SendFileCancelledException;
import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.resolve.Resolver;
import dev.matryoshka.resolve.Resolvers;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stream socket for tasks: BSD's calls in BSD's words, and each parks the task where a blocking one would block the thread
 * (asyncio's {@code sock_accept, sock_connect, sock_recv, sock_recv_into, sock_sendall, sock_sendfile}; there the user makes the socket, here
 * the loop's kernel does).
 *
 * {@snippet :
 * try (AsyncSocket socket = AsyncSocket.open(loop, StandardProtocolFamily.INET)) {
 *     socket.connect(new InetSocketAddress("127.0.0.1", 7));
 *     socket.sendAll("hello".getBytes(UTF_8));
 *     byte[] answer = socket.recv(1024); // empty: the peer has ended
 * }
 * }
 *
 * <p>Loop thread only, but for {@link #loop()}, {@link #isOpen()} and {@link #toString()}. Calls marked {@link Parks} are for
 * tasks of this loop: elsewhere they throw at once, {@link IllegalStateException} in a callback and
 * {@link dev.matryoshka.loop.WrongThreadException} on another thread. A call that can be answered at once does not park, but
 * after 256 KiB, or 64 calls, in one pass of the loop, and what earlier passes have left of as much, it lets everything else
 * have a pass first; the last call may go beyond.
 *
 * <h2>Two directions</h2>
 * One task may receive (or accept) while another sends (or connects). A second task in one direction gets
 * {@link dev.matryoshka.loop.BusyException} at once, and the first does not notice.
 *
 * <h2>Cancelling</h2>
 * A call that throws {@link InterruptedException} has taken nothing: no byte and no connection is lost, and the next call goes
 * on where this one stood.
 *
 * <h2>Three ways to fail</h2>
 * {@link java.nio.channels.ClosedChannelException}: this side closed it, before the call, or during it
 * ({@link java.nio.channels.AsynchronousCloseException}), or by closing the loop. {@link java.net.SocketException}: the world
 * broke it; the message has the address, and each later call in that direction says it again. {@code BusyException}: two tasks
 * collided. A call that does not fit the socket, as to receive before it is connected, is an {@code IllegalStateException}.
 *
 * <p>Options are the system's defaults; Nagle's algorithm is on unless you set TCP_NODELAY, which transports do by themselves.
 */
public final class AsyncSocket implements AutoCloseable {
    /** asyncio's default backlog. */
    private static final int BACKLOG = 100;

    static {
        Handover.grant(new Handover.Detacher() {
            @Override
            public Handover.@Nullable Inside look(AutoCloseable socket) throws IOException {
                return socket instanceof AsyncSocket ours ? ours.core.look() : null;
            }

            @Override
            public @Nullable NonBlockingSocket detach(AutoCloseable socket) throws IOException {
                return socket instanceof AsyncSocket ours ? ours.core.detach() : null;
            }
        });
    }

    // A task that waits in one of these calls may be the last that knows this object; the fences in them say that it is
    // in use.
    private final SocketCore core;
    private final Receiver receiver;
    private final Sender sender;
    private final Connecting connecting;

    private AsyncSocket(SocketCore core) {
        this.core = core;
        this.receiver = new Receiver(core);
        this.sender = new Sender(core);
        this.connecting = new Connecting(core);
        core.guard(this);
    }

    /**
     * Opens a TCP socket (INET, INET6) or a Unix stream socket: non-blocking, close-on-exec, neither bound nor connected; see
     * socket(2). Close it; nobody else will before the loop does.
     *
     * @throws UnsupportedOperationException the loop's kernel has no sockets of that family
     * @throws IOException descriptors or memory have run out
     */
    public static AsyncSocket open(Loop loop, StandardProtocolFamily family) throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        return new AsyncSocket(new SocketCore(engine, family, engine.kernel().openStream(family)));
    }

    // ---- servers --------------------------------------------------------------------------------------------------

    /**
     * Binds to a local address, bind(2). Never looks a name up: of an unresolved address only a literal host is taken.
     *
     * @param local port 0 lets the system choose: see {@link #localAddress()}
     * @throws java.net.BindException in use, not ours or not permitted; the address is in the message
     * @throws IllegalArgumentException a name, or not an address of this family
     */
    public void bind(SocketAddress local) throws IOException {
        checkOpen("bind");
        core.socket.bind(Connecting.withoutName(local));
    }

    /** Listens with asyncio's default backlog, 100. */
    public void listen() throws IOException {
        listen(BACKLOG);
    }

    /**
     * Listens, listen(2). Bind first.
     *
     * @param backlog connections that the system keeps until they are accepted, at least 1; Linux keeps one more, and clamps it
     *     to net.core.somaxconn
     * @throws IllegalStateException it is connected, or listens already
     */
    public void listen(int backlog) throws IOException {
        checkOpen("listen");
        if (backlog < 1) {
            throw new IllegalArgumentException("backlog < 1: " + backlog);
        }
        core.require(SocketState.OPEN, "listen");
        core.socket.listen(backlog);
        core.listening();
    }

    /**
     * Waits for a connection and takes it, accept4(2). It has the family of this socket, and the options TCP_NODELAY, SO_KEEPALIVE
     * and the buffer sizes that were set here before listen; see {@link #remoteAddress()}. A connection that died in the queue is skipped.
     *
     * @throws InterruptedException cancelled; no connection was taken
     * @throws IOException descriptors or memory have run out ({@code EMFILE} and others, by name in the message): the connection
     *     stays in the queue, so wait before you try again, or the loop spins
     */
    @Parks
    public AsyncSocket accept() throws IOException, InterruptedException {
        try {
            return new AsyncSocket(receiver.accept());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // ---- clients --------------------------------------------------------------------------------------------------

    /** As {@link #connect(SocketAddress, Resolver)} with the resolver of the loop: the system's, unless another was set. */
    @Parks
    public void connect(SocketAddress remote) throws IOException, InterruptedException {
        connect(remote, Resolvers.of(loop()));
    }

    /**
     * Connects, connect(2): to an Internet address, a {@link java.net.UnixDomainSocketAddress} or a
     * {@link dev.matryoshka.address.AbstractUnixAddress}, as the family of the socket is. An unresolved Internet address is looked up off the loop, for this socket's family, and the first
     * answer is taken; {@code new InetSocketAddress(name, port)} would have blocked the loop in its constructor.
     *
     * <p>Cancelled during the look-up, the socket is as before. Cancelled later, the socket stays open and the connect goes on in
     * the system: the same call again waits for its end, {@link #close()} gives it up at once. After a connect that failed a
     * socket is good for nothing but close (POSIX leaves its state open); open another one.
     *
     * @throws java.net.ConnectException refused, unreachable or timed out; the address is in the message
     * @throws java.net.UnknownHostException the name has no address of this family
     * @throws IllegalStateException it is connected or listens already, or is on its way to another address
     * @throws java.nio.channels.UnsupportedAddressTypeException not an address of this socket's family, or none that the kernel
     *     knows: {@code nio} knows no abstract Unix addresses. The socket is as before
     */
    @Parks
    public void connect(SocketAddress remote, Resolver resolver) throws IOException, InterruptedException {
        try {
            connecting.connect(Objects.requireNonNull(remote, "remote"), Objects.requireNonNull(resolver, "resolver"));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    /**
     * Receives what is there, waiting for the first byte, recv(2) (asyncio {@code sock_recv}).
     *
     * @param bytesMax at least 1; one call brings 64 KiB at most
     * @return at least one byte; none at the end of the stream, then and each time after
     * @throws InterruptedException cancelled; nothing was received
     */
    @Parks
    public byte[] recv(int bytesMax) throws IOException, InterruptedException {
        try {
            return receiver.recv(bytesMax);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * As {@link #recv} into the room of a buffer (asyncio {@code sock_recv_into}), moving its position. The fastest with a direct
     * buffer: the bytes are not copied once more, and nothing is allocated.
     *
     * @return how many bytes; −1 at the end of the stream, then and each time after; 0 only for a buffer without room
     * @throws IllegalArgumentException the buffer is read-only
     * @throws InterruptedException cancelled; nothing was received
     */
    @Parks
    public int recvInto(ByteBuffer target) throws IOException, InterruptedException {
        try {
            return receiver.recvInto(target);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits until a receive would most probably not have to: bytes, the end of the stream or a failure have come, poll(2) with
     * POLLIN. Who waits here needs no buffer meanwhile, so ten thousand connections can share the
     * few that are at work. It takes nothing, and may return although there is nothing: then {@link #recvInto} waits.
     *
     * @throws InterruptedException cancelled
     */
    @Parks
    public void awaitReadable() throws IOException, InterruptedException {
        try {
            receiver.awaitReadable();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends what the system takes now, waiting for room for the first byte, send(2).
     *
     * @return at least 1, 0 only for an empty buffer; the position has moved by it
     * @throws InterruptedException cancelled; nothing was sent
     */
    @Parks
    public int send(ByteBuffer source) throws IOException, InterruptedException {
        try {
            return sender.send(source);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends a buffer to its end (asyncio {@code sock_sendall}), waiting for room as often as it takes. It may be reused
     * afterwards. Whatever ends the call, the buffer's position tells exactly what the system has taken; that may not have reached
     * the peer.
     *
     * @throws InterruptedException cancelled; the rest is unsent, and the same call sends it
     */
    @Parks
    public void sendAll(ByteBuffer source) throws IOException, InterruptedException {
        try {
            sender.sendAll(source);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** As {@link #sendAll(ByteBuffer)}; but when this throws, how much was sent is not known. */
    @Parks
    public void sendAll(byte[] source) throws IOException, InterruptedException {
        try {
            sender.sendAll(ByteBuffer.wrap(source));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** As {@link #sendAll(ByteBuffer)} for several, in order, gathered: one system call if there is room, sendmsg(2). */
    @Parks
    public void sendAll(ByteBuffer... sources) throws IOException, InterruptedException {
        try {
            sender.sendAll(sources);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** As {@link #sendFile(Path, SendFileOptions)}, the whole file. */
    @Parks
    public long sendFile(Path file) throws IOException, InterruptedException {
        return sendFile(file, SendFileOptions.defaults());
    }

    /**
     * Sends a file, or a part of one (asyncio {@code sock_sendfile}), in the calling task's place: nobody else can send before it
     * is done. The file is opened in the loop's executor; then the operating system moves the bytes by itself, about 2 MiB
     * in a pass of the loop, and once more where an earlier pass left some of its share. See {@link SendFileMode} for disks that are slow.
     *
     * @return how many bytes were sent: fewer than asked for when the file is shorter, or was cut meanwhile; 0 for an empty one
     * @throws java.nio.file.NoSuchFileException and what else {@link java.nio.file.Files} throws at opening; nothing was sent
     * @throws UnsupportedOperationException {@link SendFileMode#NATIVE} was asked for and does not work for this file; nothing was
     *     sent
     * @throws SendFileException broken, closed, or the file could not be read; it has the exact count
     * @throws SendFileCancelledException cancelled; it has the exact count
     */
    @Parks
    public long sendFile(Path file, SendFileOptions options) throws IOException, InterruptedException {
        try {
            return sender.sendFile(Objects.requireNonNull(file, "file"), Objects.requireNonNull(options, "options"));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * As {@link #sendFile(Path, SendFileOptions)} with a file that is open for reading; it stays open. Its position plays no
     * part; afterwards, however this ends, it is behind the last byte that was sent.
     *
     * <p>The {@code nio} kernel sends it by {@link FileChannel#transferTo}. The {@code epoll} kernel would need the descriptor, which
     * the JDK gives to nobody, and copies: where speed matters name the file by its path.
     */
    @Parks
    public long sendFile(FileChannel file, SendFileOptions options) throws IOException, InterruptedException {
        try {
            return sender.sendFile(Objects.requireNonNull(file, "file"), Objects.requireNonNull(options, "options"));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends the sending direction, shutdown(2): the peer reads what was sent and then the end of the stream. To send afterwards is
     * a ClosedChannelException, also for a task that is in the middle of it. Again: nothing happens.
     */
    public void shutdownOutput() throws IOException {
        checkConnected("shutdownOutput");
        core.shutOutput();
    }

    /** Ends the receiving direction, shutdown(2): to receive answers the end of the stream, also to a task that waits. */
    public void shutdownInput() throws IOException {
        checkConnected("shutdownInput");
        receiver.shut();
    }

    // ---- asking, ending -------------------------------------------------------------------------------------------

    /**
     * Sets an option of {@link java.net.StandardSocketOptions}.
     *
     * @return this
     * @throws UnsupportedOperationException this kind of socket does not have it
     */
    public <T> AsyncSocket setOption(SocketOption<T> option, T value) throws IOException {
        checkOpen("setOption");
        core.socket.setOption(option, value);
        return this;
    }

    /**
     * IPV6_V6ONLY, for which the JDK has no option: whether an IPv6 wildcard leaves IPv4 alone. Before bind, on an INET6 socket;
     * the {@code nio} kernel cannot set it and ignores the call.
     */
    public AsyncSocket setIpv6Only(boolean on) throws IOException {
        checkOpen("setIpv6Only");
        core.socket.setIpv6Only(on);
        return this;
    }

    /** The value of an option as the system has it, which need not be what was set: Linux doubles buffer sizes. */
    public <T> T getOption(SocketOption<T> option) throws IOException {
        checkOpen("getOption");
        return core.socket.getOption(option);
    }

    /** The bound address, with the port that the system chose; null when not bound, or closed. */
    public @Nullable SocketAddress localAddress() {
        core.engine.checkLoopThread();
        return core.state().isOver() ? null : core.socket.localAddress();
    }

    /** The peer; null when not connected, or closed. */
    public @Nullable SocketAddress remoteAddress() {
        core.engine.checkLoopThread();
        return core.state() == SocketState.CONNECTED ? core.socket.remoteAddress() : null;
    }

    /**
     * Who is at the other end of a Unix connection, as the system says.
     *
     * @throws UnsupportedOperationException not a Unix socket, or the system does not tell
     * @throws IllegalStateException it is not connected
     */
    public PeerCredentials peerCredentials() throws IOException {
        checkConnected("peerCredentials");
        return core.socket.peerCredentials();
    }

    /** Neither closed nor handed over to a transport. Any thread; away from the loop it may be a little late. */
    public boolean isOpen() {
        return !core.state().isOver();
    }

    /** Any thread. */
    public Loop loop() {
        return core.engine.face();
    }

    /**
     * Closes it at once: whoever waits gets {@link java.nio.channels.AsynchronousCloseException}, no event comes any more, and
     * the descriptor is released at the end of the pass. What {@code send} has taken is still delivered by the system, unless
     * received bytes were left unread: then TCP resets the connection. Again: nothing happens.
     */
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

    private void checkConnected(String method) throws IOException {
        core.engine.checkUsable();
        core.require(SocketState.CONNECTED, method);
    }

    /** State and, on the loop, addresses. Any thread. */
    @Override
    public String toString() {
        String line = "AsyncSocket[" + core.family + ", " + core.state().words;
        if (isOpen() && core.engine.isLoopThread()) {
            SocketAddress remote = remoteAddress();
            line += ", " + localAddress() + (remote == null ? "" : " -> " + remote);
        }
        return line + "]";
    }
}
