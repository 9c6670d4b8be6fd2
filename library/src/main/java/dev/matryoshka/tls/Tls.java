package dev.matryoshka.tls;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.OwnedFuture;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.Transports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes TLS servers and connections with protocols, and turns connections that stand into TLS ones (asyncio's
 * {@code create_server} and {@code create_connection} with {@code ssl}, and {@code start_tls}). Loop thread only. The transport
 * that protocols are given is a {@link TlsTransport}.
 */
public final class Tls {
    private Tls() {}

    // ---- servers --------------------------------------------------------------------------------------------------

    /**
     * As {@link Transports#createServer}, over TLS. A connection whose handshake fails is closed, and its protocol, made
     * by the factory, is dropped unheard.
     *
     * @throws IllegalArgumentException the options have no certificate to show
     */
    public static Server createServer(
            Loop loop,
            Supplier<? extends BaseProtocol> factory,
            @Nullable String host,
            int port,
            TlsOptions options,
            ServerOptions serverOptions)
            throws IOException {
        return Transports.createServer(loop, serving(loop, factory, options), host, port, serverOptions);
    }

    /**
     * A protocol factory that puts TLS below the protocols of another: for servers of every kind, such as those on Unix sockets.
     *
     * @throws IllegalArgumentException the options have no certificate to show
     */
    public static Supplier<BaseProtocol> serving(
            Loop loop, Supplier<? extends BaseProtocol> factory, TlsOptions options) {
        LoopEngine engine = Engines.of(loop);
        Objects.requireNonNull(factory, "factory");
        options.requireIdentity();
        return () -> TlsLayer.accepted(
                engine, options, Objects.requireNonNull(factory.get(), "the protocol factory returned null"));
    }

    // ---- clients --------------------------------------------------------------------------------------------------

    /**
     * As {@link Transports#createConnection}, over TLS: parks until the handshake is complete and {@code connectionMade} has
     * run. The server's certificate must be for {@code host}, or for {@link TlsOptions#withServerName}.
     *
     * @throws javax.net.ssl.SSLHandshakeException the peer is not trusted, is another, speaks no TLS, takes too long, or ended
     * @throws IOException as for a plain connection
     * @throws InterruptedException the task was cancelled; nothing is left open
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createConnection(
            Loop loop, Supplier<P> factory, String host, int port, TlsOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        Engines.of(loop).members().requireTask("createConnection");
        return awaitConnection(createConnectionAsync(loop, factory, host, port, options, connectOptions));
    }

    /** As {@link #createConnection} without parking; see {@link Transports#createConnectionAsync}. */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Loop loop, Supplier<P> factory, String host, int port, TlsOptions options, ConnectOptions connectOptions) {
        return connecting(
                loop,
                layers -> Transports.createConnectionAsync(loop, layers, host, port, connectOptions),
                factory,
                host,
                port,
                options);
    }

    /** As {@link Transports#createConnection(Loop, Supplier, List, ConnectOptions)}, over TLS: the options name the server. */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createConnection(
            Loop loop,
            Supplier<P> factory,
            List<InetSocketAddress> addresses,
            TlsOptions options,
            ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        Engines.of(loop).members().requireTask("createConnection");
        return awaitConnection(connecting(
                loop,
                layers -> Transports.createConnectionAsync(loop, layers, addresses, connectOptions),
                factory,
                null,
                -1,
                options));
    }

    /** As {@link Transports#createUnixConnection}, over TLS: the options name the server. */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createUnixConnection(
            Loop loop, Supplier<P> factory, SocketAddress address, TlsOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        Engines.of(loop).members().requireTask("createUnixConnection");
        return awaitConnection(connecting(
                loop,
                layers -> Transports.createUnixConnectionAsync(loop, layers, address, connectOptions),
                factory,
                null,
                -1,
                options));
    }

    /**
     * As {@link Transports#connectAcceptedSocket}, over TLS, on the server's side of it.
     *
     * @throws IllegalArgumentException the options have no certificate to show
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> connectAcceptedSocket(
            Loop loop, Supplier<P> factory, AutoCloseable socket, TlsOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(loop);
        engine.members().requireTask("connectAcceptedSocket");
        options.requireIdentity();
        return awaitConnection(new Securing<>(engine, factory, protocol -> TlsLayer.awaited(engine, options, protocol))
                .start(layers -> Transports.connectAcceptedSocketAsync(loop, layers, socket, connectOptions)));
    }

    /** Whatever connects below; the host, or null where there is none, is whose certificate is expected. */
    private static <P extends BaseProtocol> CompletableFuture<Connection<P>> connecting(
            Loop loop,
            Securing.Connect connect,
            Supplier<P> factory,
            @Nullable String host,
            int port,
            TlsOptions options) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        options.requireServerName(host);
        return new Securing<>(engine, factory, protocol -> TlsLayer.connecting(engine, options, protocol, host, port))
                .start(connect);
    }

    // ---- upgrades -------------------------------------------------------------------------------------------------

    /**
     * Turns a connection that stands into a TLS one (asyncio {@code start_tls}): parks until the handshake is complete. What was
     * written before goes out before, as it is. From the call on the old transport belongs to TLS: write to the one that is
     * returned.
     *
     * @param transport of any kind, a TLS one too
     * @param protocol goes on above TLS: it hears no second {@code connectionMade}, and {@code connectionLost} in any case, also
     *     when the handshake fails. Mostly the one that the transport has
     * @throws IllegalStateException the transport is closing, or TLS was started on it already
     * @throws IllegalArgumentException the client's options name no server, or the server's have no certificate
     * @throws IOException the handshake failed; the connection is closed
     * @throws InterruptedException the task was cancelled; the connection is aborted
     */
    @Parks
    public static TlsTransport startTls(Transport transport, BaseProtocol protocol, TlsOptions options, TlsSide side)
            throws IOException, InterruptedException {
        Engines.of(transport.loop()).members().requireTask("startTls");
        return OwnedFuture.await(
                startTlsAsync(transport, protocol, options, side, TlsEngine.NOTHING), TlsTransport::abort);
    }

    /**
     * As {@link #startTls} without parking. The future completes on the loop, a pass before the protocol hears the first bytes; who
     * cancels it aborts the connection.
     *
     * @param received bytes that the peer had sent behind the agreement to start TLS, received already: the beginning of the
     *     handshake. Copied; none of them is ever taken for plaintext
     */
    public static CompletableFuture<TlsTransport> startTlsAsync(
            Transport transport, BaseProtocol protocol, TlsOptions options, TlsSide side, ByteBuffer received) {
        LoopEngine engine = Engines.of(transport.loop());
        engine.checkUsable();
        Objects.requireNonNull(protocol, "protocol");
        if (transport.isClosing()) {
            throw new IllegalStateException("the transport is closing: " + transport);
        }
        if (transport.protocol() instanceof TlsLayer) {
            throw new IllegalStateException("TLS was started on this transport already: " + transport);
        }
        if (side == TlsSide.SERVER) {
            options.requireIdentity();
        } else {
            options.requireServerName(null);
        }
        TlsLayer layer = TlsLayer.upgrading(engine, options, transport, protocol, side, received);
        transport.setProtocol(layer);
        layer.connectionMade(transport);
        return layer.handshake();
    }

    @Parks
    private static <P extends BaseProtocol> Connection<P> awaitConnection(CompletableFuture<Connection<P>> connecting)
            throws IOException, InterruptedException {
        return OwnedFuture.await(connecting, late -> late.transport().abort());
    }
}
