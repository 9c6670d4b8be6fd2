package dev.matryoshka.tls;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** TLS as the transport below sees it: a protocol. What it hears it passes to the {@link TlsConnection} that it makes. */
final class TlsLayer implements Protocol, Layer {
    private final LoopEngine engine;
    private final TlsOptions options;
    private final TlsEngine core;
    private final UpperProtocol upper;
    private final @Nullable CompletableFuture<TlsTransport> handshake;

    /** Received before, by whoever had the connection; gone after connectionMade. */
    private ByteBuffer received = TlsEngine.NOTHING;

    private @Nullable TlsConnection connection;

    private TlsLayer(
            LoopEngine engine,
            TlsOptions options,
            SSLEngine ssl,
            UpperProtocol upper,
            @Nullable CompletableFuture<TlsTransport> handshake) {
        this.engine = engine;
        this.options = options;
        this.core = new TlsEngine(ssl);
        this.upper = upper;
        this.handshake = handshake;
    }

    /** For a connection that a server has accepted: nobody waits for it. */
    static TlsLayer accepted(LoopEngine engine, TlsOptions options, BaseProtocol protocol) {
        return new TlsLayer(
                engine, options, options.serverEngine(), UpperProtocol.fresh(engine.reporter(), protocol), null);
    }

    /** The same, where somebody waits. */
    static TlsLayer awaited(LoopEngine engine, TlsOptions options, BaseProtocol protocol) {
        return new TlsLayer(
                engine,
                options,
                options.serverEngine(),
                UpperProtocol.fresh(engine.reporter(), protocol),
                new CompletableFuture<>());
    }

    /** For a connection that we make. */
    static TlsLayer connecting(
            LoopEngine engine, TlsOptions options, BaseProtocol protocol, @Nullable String host, int port) {
        return new TlsLayer(
                engine,
                options,
                options.clientEngine(host, port),
                UpperProtocol.fresh(engine.reporter(), protocol),
                new CompletableFuture<>());
    }

    /** For a connection that stands, with a protocol that has heard of it. */
    static TlsLayer upgrading(
            LoopEngine engine,
            TlsOptions options,
            Transport plain,
            BaseProtocol protocol,
            TlsSide side,
            ByteBuffer received) {
        TlsLayer layer = new TlsLayer(
                engine,
                options,
                side == TlsSide.SERVER ? options.serverEngine() : options.clientEngine(null, -1),
                UpperProtocol.of(engine.reporter(), protocol, plain),
                new CompletableFuture<>());
        layer.received = received;
        return layer;
    }

    /** Completes when the handshake is complete; on the loop. Not for accepted ones. */
    CompletableFuture<TlsTransport> handshake() {
        if (handshake == null) {
            throw new IllegalStateException("nobody waits for the handshake of an accepted connection");
        }
        return handshake;
    }

    @Override
    public @Nullable Transport upper() {
        return connection == null ? null : connection.face();
    }

    @Override
    public void connectionMade(Transport lower) {
        TlsConnection made = new TlsConnection(engine, lower, core, options, upper, new HandshakeWait(handshake));
        connection = made;
        ByteBuffer before = received;
        received = TlsEngine.NOTHING;
        made.begin(before);
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        if (connection != null) {
            connection.received(data);
        }
    }

    /** The transport below stays open: whether it ends now is decided above. */
    @Override
    public boolean eofReceived() {
        if (connection != null) {
            connection.lowerEof();
        }
        return true;
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        if (connection != null) {
            connection.lost(exception);
        }
    }

    @Override
    public void pauseWriting() {
        if (connection != null) {
            connection.lowerPaused();
        }
    }

    @Override
    public void resumeWriting() {
        if (connection != null) {
            connection.lowerResumed();
        }
    }
}
