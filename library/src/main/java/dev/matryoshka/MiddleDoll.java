package dev.matryoshka;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.task.Parks;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transports;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link EventLoop} that makes servers and connections with protocols, which are called (asyncio's
 * {@code loop.create_server} and its kin). Each method is one call into the package {@code transport}, which says all the
 * rest. Loop thread only.
 */
public sealed interface MiddleDoll extends Loop permits EventLoop {
    /** Serves with protocols (asyncio {@code create_server}); see {@link Transports#createServer}. */
    default Server createServer(Supplier<? extends BaseProtocol> factory, @Nullable String host, int port)
            throws IOException {
        return createServer(factory, host, port, ServerOptions.defaults());
    }

    /** Serves with protocols; see {@link Transports#createServer}. */
    default Server createServer(
            Supplier<? extends BaseProtocol> factory, @Nullable String host, int port, ServerOptions options)
            throws IOException {
        return Transports.createServer(this, factory, host, port, options);
    }

    /** Serves on several hosts with protocols; see {@link Transports#createServer}. */
    default Server createServer(
            Supplier<? extends BaseProtocol> factory, List<String> hosts, int port, ServerOptions options)
            throws IOException {
        return Transports.createServer(this, factory, hosts, port, options);
    }

    /** Serves on a socket that is bound already (asyncio {@code create_server(sock=...)}); see {@link Transports#createServer}. */
    default Server createServer(Supplier<? extends BaseProtocol> factory, AsyncSocket socket, ServerOptions options)
            throws IOException {
        return Transports.createServer(this, factory, socket, options);
    }

    /** Connects a protocol (asyncio {@code create_connection}); see {@link Transports#createConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(Supplier<P> factory, String host, int port)
            throws IOException, InterruptedException {
        return Transports.createConnection(this, factory, host, port, ConnectOptions.defaults());
    }

    /** Connects a protocol; see {@link Transports#createConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(
            Supplier<P> factory, String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        return Transports.createConnection(this, factory, host, port, options);
    }

    /** As {@code createConnection} for callbacks: never parks; see {@link Transports#createConnectionAsync}. */
    default <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Supplier<P> factory, String host, int port) {
        return Transports.createConnectionAsync(this, factory, host, port, ConnectOptions.defaults());
    }
}
