package dev.matryoshka.transport;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Handover;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.OwnedFuture;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes servers and connections with protocols (asyncio's {@code loop.create_server}, {@code loop.create_connection}). */
public final class Transports {
    private Transports() {}

    /** As {@link #createServer(Loop, Supplier, List, int, ServerOptions)} for one host; null is every interface, too. */
    public static Server createServer(
            Loop loop, Supplier<? extends BaseProtocol> factory, @Nullable String host, int port, ServerOptions options)
            throws IOException {
        return createServer(loop, factory, List.of(host == null ? "" : host), port, options);
    }

    /**
     * Listens, and makes a protocol per connection. Loop thread; parks only to look names up, all at the same time, and only in a
     * task: literals need no look-up, and before the loop runs the look-up blocks the caller.
     *
     * @param factory called once per connection
     * @param hosts each a literal, a name (one listener per address), or empty for every interface of both families; an address
     *     that comes twice is bound once
     * @param port 0 to 65535; 0 lets the system choose, one port per listener
     * @return serving already, unless the options say otherwise
     * @throws IllegalArgumentException there is no host, or the port is out of range
     * @throws java.net.BindException an address is in use or forbidden, or none is ours (with several, those that are not ours
     *     are skipped); nothing is left bound
     * @throws java.net.UnknownHostException a name has no address
     */
    public static Server createServer(
            Loop loop, Supplier<? extends BaseProtocol> factory, List<String> hosts, int port, ServerOptions options)
            throws IOException {
        HostAddresses.checkPort(port);
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("no host to listen on");
        }
        List<String> copy = List.copyOf(hosts);
        return SocketServer.open(
                Engines.of(loop),
                factory,
                options,
                (engine, server) -> new Binding(engine, options, server).bindHosts(copy, port));
    }

    /**
     * Serves on a socket of the inner doll, which is bound or listens already (asyncio's {@code create_server(sock=...)}): for
     * options that {@link ServerOptions} does not have. The server closes it; its old face is of no use any more. Loop thread of
     * both.
     *
     * @param socket an {@link dev.matryoshka.socket.AsyncSocket} of this loop
     * @param options those that act before bind are too late, and ignored
     * @throws IllegalArgumentException not such a socket; or neither bound nor listening, and it is closed then
     * @throws dev.matryoshka.loop.BusyException a task is accepting on it; nothing has happened
     * @throws java.nio.channels.ClosedChannelException it is closed
     */
    public static Server createServer(
            Loop loop, Supplier<? extends BaseProtocol> factory, AutoCloseable socket, ServerOptions options)
            throws IOException {
        Objects.requireNonNull(socket, "socket");
        return SocketServer.open(
                Engines.of(loop), factory, options, (engine, server) -> server.adopt(Handover.detach(socket), socket));
    }

    /**
     * Listens on a Unix socket, and makes a protocol per connection (asyncio's {@code create_unix_server}). Loop thread; never
     * parks. {@link ServerOptions.UnixFile} says what happens to the file: by default a stale one is replaced, never that of a
     * server which answers, nor a file of another kind; close removes it.
     *
     * @param address a {@link java.net.UnixDomainSocketAddress}, or an {@link dev.matryoshka.address.AbstractUnixAddress}, which
     *     the kernels {@code epoll} and {@code memory} have
     * @throws java.net.BindException in use, too long, forbidden, or in a directory that is not there; the path is in the message
     * @throws IllegalArgumentException not such an address, or one without a name
     * @throws UnsupportedOperationException this system has no Unix sockets, or this kernel no abstract names
     * @throws IOException the permissions could not be set; the file is removed again
     */
    public static Server createUnixServer(
            Loop loop, Supplier<? extends BaseProtocol> factory, SocketAddress address, ServerOptions options)
            throws IOException {
        Objects.requireNonNull(address, "address");
        return SocketServer.open(
                Engines.of(loop),
                factory,
                options,
                (engine, server) -> new UnixBinding(engine, options, address).bind(server));
    }

    // ---- to a host ------------------------------------------------------------------------------------------------

    /**
     * Connects, and parks until {@code connectionMade} has run. The addresses of a name are raced against each other, a quarter of
     * a second apart ({@link ConnectOptions#happyEyeballs()}); whichever loses is closed before this returns.
     *
     * @param host a name or a literal; an IPv6 literal may have a scope, {@code fe80::1%eth0}
     * @param port 1 to 65535
     * @throws java.net.ConnectException none could be reached; with several addresses the later failures are suppressed onto
     *     the first
     * @throws java.net.SocketTimeoutException the time of the options was over; what had failed until then is suppressed onto it
     * @throws java.net.UnknownHostException the name has no address, or none of the family that was asked for
     * @throws InterruptedException the task was cancelled; nothing is left open
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createConnection(
            Loop loop, Supplier<P> factory, String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        requireTask(loop, "createConnection");
        return await(createConnectionAsync(loop, factory, host, port, options));
    }

    /**
     * As {@link #createConnection(Loop, Supplier, String, int, ConnectOptions)} for callbacks and for JVMs without tasks: never
     * parks. The future completes on the loop, after {@code connectionMade}. Cancelling it gives the attempt up, and closes what
     * is open of it; so does completing it otherwise, from any thread, as {@link CompletableFuture#orTimeout} does.
     */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Loop loop, Supplier<P> factory, String host, int port, ConnectOptions options) {
        HostAddresses.checkPort(port);
        return connector(loop, factory, host + ":" + port, options).toHost(host, port);
    }

    /**
     * As {@link #createConnection(Loop, Supplier, String, int, ConnectOptions)} to one of several addresses that the caller has
     * looked up, or has from elsewhere; they are put in order and raced as those of a name. The options' family and resolver do
     * not matter.
     *
     * @throws IllegalArgumentException there is none, or one is unresolved
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createConnection(
            Loop loop, Supplier<P> factory, List<InetSocketAddress> addresses, ConnectOptions options)
            throws IOException, InterruptedException {
        requireTask(loop, "createConnection");
        return await(createConnectionAsync(loop, factory, addresses, options));
    }

    /** As {@link #createConnection(Loop, Supplier, List, ConnectOptions)}, never parks. */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Loop loop, Supplier<P> factory, List<InetSocketAddress> addresses, ConnectOptions options) {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no address to connect to");
        }
        for (InetSocketAddress address : addresses) {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException(
                        "unresolved address: " + address + "; give host and port to have it looked up");
            }
        }
        return connector(loop, factory, ClientSocket.text(addresses), options).toAny(addresses);
    }

    // ---- to a Unix socket -----------------------------------------------------------------------------------------

    /**
     * Connects to a Unix socket, and parks until {@code connectionMade} has run.
     *
     * @param address a {@link java.net.UnixDomainSocketAddress}, or an {@link dev.matryoshka.address.AbstractUnixAddress} where the
     *     kernel has them ({@code epoll} and {@code memory})
     * @param options of which the route has to be {@link Route#ANY}
     * @throws java.net.ConnectException nobody listens there, there is nothing there, or the listener's queue is full: Linux says so
     *     at once instead of letting a non-blocking client wait
     * @throws UnsupportedOperationException the kernel has no such sockets or addresses
     * @throws IllegalArgumentException not a Unix address
     * @throws InterruptedException the task was cancelled; nothing is left open
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createUnixConnection(
            Loop loop, Supplier<P> factory, SocketAddress address, ConnectOptions options)
            throws IOException, InterruptedException {
        requireTask(loop, "createUnixConnection");
        return await(createUnixConnectionAsync(loop, factory, address, options));
    }

    /** As {@link #createUnixConnection}, never parks. */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> createUnixConnectionAsync(
            Loop loop, Supplier<P> factory, SocketAddress address, ConnectOptions options) {
        if (!(address instanceof UnixDomainSocketAddress) && !(address instanceof AbstractUnixAddress)) {
            throw new IllegalArgumentException("not a Unix address: " + address);
        }
        if (!options.route().equals(Route.ANY)) {
            throw new IllegalArgumentException(
                    "resolver, family and local address are of no use for a Unix socket: " + options.route());
        }
        return connector(loop, factory, address.toString(), options).toUnix(address);
    }

    // ---- over a socket that is there ------------------------------------------------------------------------------

    /**
     * Puts a protocol on a connected socket of the inner doll, whose face is of no use any more, and parks until {@code
     * connectionMade} has run (asyncio's {@code create_connection(sock=...)}, {@code connect_accepted_socket}). Bytes that came
     * meanwhile are received by the protocol.
     *
     * @param socket a connected {@code AsyncSocket} of this loop
     * @param options of which only the socket's options and the water marks matter
     * @throws IllegalArgumentException not connected, of another loop, or not a stream socket; nothing has happened to it
     * @throws dev.matryoshka.loop.BusyException a task is receiving or sending on it; nothing has happened to it
     * @throws java.nio.channels.ClosedChannelException it is closed
     * @throws InterruptedException the task was cancelled; the socket is closed
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> connectAcceptedSocket(
            Loop loop, Supplier<P> factory, AutoCloseable socket, ConnectOptions options)
            throws IOException, InterruptedException {
        requireTask(loop, "connectAcceptedSocket");
        return await(connectAcceptedSocketAsync(loop, factory, socket, options));
    }

    /** As {@link #connectAcceptedSocket}, never parks. */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> connectAcceptedSocketAsync(
            Loop loop, Supplier<P> factory, AutoCloseable socket, ConnectOptions options) throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(factory, "factory");
        Objects.requireNonNull(options, "options");
        return Connector.over(engine, Handover.detachConnected(socket, engine), factory, options);
    }

    // ---- how ------------------------------------------------------------------------------------------------------

    private static <P extends BaseProtocol> Connector<P> connector(
            Loop loop, Supplier<P> factory, String where, ConnectOptions options) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        return new Connector<>(engine, factory, where, options);
    }

    private static void requireTask(Loop loop, String method) {
        Engines.of(loop).members().requireTask(method);
    }

    private static <P extends BaseProtocol> Connection<P> await(CompletableFuture<Connection<P>> connecting)
            throws IOException, InterruptedException {
        return OwnedFuture.await(connecting, late -> late.transport().abort());
    }
}
