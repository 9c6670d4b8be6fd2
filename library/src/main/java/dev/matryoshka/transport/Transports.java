package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Handover;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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
     * Connects, and parks until {@code connectionMade} has run. Tries the addresses of a name one after another.
     *
     * @param port 1 to 65535
     * @throws java.net.ConnectException none could be reached; with several addresses the later failures are suppressed onto
     *     the first
     * @throws java.net.UnknownHostException the name has no address
     * @throws InterruptedException the task was cancelled; nothing is left open
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createConnection(
            Loop loop, Supplier<P> factory, String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(loop);
        engine.members().requireTask("createConnection");
        CompletableFuture<Connection<P>> future = createConnectionAsync(loop, factory, host, port, options);
        try {
            return future.get();
        } catch (InterruptedException cancelled) {
            if (!future.cancel(true) && !future.isCompletedExceptionally()) {
                future.join().transport().abort();
            }
            throw cancelled;
        } catch (ExecutionException failed) {
            throw rethrow(failed.getCause());
        }
    }

    private static IOException rethrow(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException failure ? failure : new IOException(cause);
    }

    /**
     * As {@link #createConnection} for callbacks and for JVMs without tasks: never parks. The future completes on the loop,
     * after {@code connectionMade}. Cancelling it gives the attempt up, and closes what is open of it; so does completing it
     * otherwise, from any thread, as {@link CompletableFuture#orTimeout} does.
     */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Loop loop, Supplier<P> factory, String host, int port, ConnectOptions options) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(factory, "factory");
        Objects.requireNonNull(options, "options");
        HostAddresses.checkPort(port);
        return new Attempt<>(engine, factory, port, options).start(host);
    }
}
