package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes servers and connections with protocols (asyncio's {@code loop.create_server}, {@code loop.create_connection}). */
public final class Transports {
    private Transports() {}

    /**
     * Listens, and makes a protocol per connection. Loop thread; parks only to look a name up, and only in a task: literals
     * need no look-up, and before the loop runs the look-up blocks the caller.
     *
     * @param factory called once per connection
     * @param host a literal, a name (one listener per address), or null or empty for every interface of both families
     * @param port 0 to 65535; 0 lets the system choose, one port per listener
     * @return serving already, unless the options say otherwise
     * @throws java.net.BindException an address is in use or not ours; nothing is left bound
     * @throws java.net.UnknownHostException the name has no address
     */
    public static Server createServer(
            Loop loop,
            Supplier<? extends BaseProtocol> factory,
            @Nullable String host,
            int port,
            ServerOptions options)
            throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(factory, "factory");
        HostAddresses.checkPort(port);
        SocketServer server = new SocketServer(engine, factory, options);
        try {
            if (host == null || host.isEmpty()) {
                bindWildcards(engine, server, port, options);
            } else {
                for (InetAddress address : Lookup.now(loop, host)) {
                    bind(engine, server, new InetSocketAddress(address, port), options);
                }
            }
            if (server.addresses().isEmpty()) {
                throw new BindException("could not bind on any address of " + host);
            }
            if (options.startServing()) {
                server.startServing();
            }
        } catch (IOException | RuntimeException failed) {
            server.close();
            throw failed;
        }
        return server;
    }

    /** Every interface of both families: one listener where IPv6 takes IPv4 along, else two. */
    private static void bindWildcards(LoopEngine engine, SocketServer server, int port, ServerOptions options)
            throws IOException {
        bind(engine, server, new InetSocketAddress(InetAddress.ofLiteral("::"), port), options);
        if (server.addresses().isEmpty() || !engine.kernel().isAlwaysDualStack()) {
            bind(engine, server, new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port), options);
        }
    }

    private static void bind(LoopEngine engine, SocketServer server, InetSocketAddress address, ServerOptions options)
            throws IOException {
        boolean inet6 = address.getAddress() instanceof Inet6Address;
        NonBlockingSocket socket;
        try {
            socket = engine.kernel()
                    .openStream(inet6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        } catch (UnsupportedOperationException | java.net.SocketException noSuchFamily) {
            // A host without IPv6, say: the other family may do (asyncio skips it too).
            return;
        }
        try {
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, options.reuseAddress());
            if (options.reusePort()) {
                socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            if (options.keepAlive()) {
                socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            }
            if (inet6) {
                socket.setIpv6Only(true);
            }
            socket.bind(address);
            server.add(socket);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
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
     * after {@code connectionMade}; cancelling it, on the loop, gives the attempt up at once.
     */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Loop loop, Supplier<P> factory, String host, int port, ConnectOptions options) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(factory, "factory");
        HostAddresses.checkPort(port);
        CompletableFuture<Connection<P>> made = new CompletableFuture<>();
        CompletableFuture<List<InetAddress>> lookup = Lookup.start(loop, host);
        CompletableFuture<NonBlockingSocket> connected =
                lookup.thenCompose(found -> Connector.connect(engine, withPort(found, port), options.localAddress()));
        made.whenComplete((connection, failure) -> {
            if (made.isCancelled()) {
                lookup.cancel(true);
                connected.cancel(true);
            }
        });
        connected.whenComplete((socket, failure) -> {
            if (failure != null) {
                made.completeExceptionally(unwrapped(failure));
            } else {
                make(engine, socket, factory, options, made);
            }
        });
        return made;
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof java.util.concurrent.CompletionException && cause != null ? cause : failure;
    }

    private static List<InetSocketAddress> withPort(List<InetAddress> addresses, int port) {
        List<InetSocketAddress> targets = new ArrayList<>(addresses.size());
        for (InetAddress address : addresses) {
            targets.add(new InetSocketAddress(address, port));
        }
        return targets;
    }

    /** Protocol and transport for a connected socket; the future completes once connectionMade has run. */
    private static <P extends BaseProtocol> void make(
            LoopEngine engine,
            NonBlockingSocket socket,
            Supplier<P> factory,
            ConnectOptions options,
            CompletableFuture<Connection<P>> made) {
        if (made.isDone()) {
            socket.close();
            return;
        }
        try {
            P protocol = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
            SocketTransport transport = new SocketTransport(engine, socket, protocol, options.writeLimits(), null);
            engine.callSoon(() -> {
                if (made.isDone()) {
                    transport.abort();
                } else if (transport.begin()) {
                    made.complete(new Connection<>(transport, protocol));
                } else {
                    made.completeExceptionally(new java.nio.channels.ClosedChannelException());
                }
            });
        } catch (Throwable failed) {
            socket.close();
            made.completeExceptionally(failed);
        }
    }
}
