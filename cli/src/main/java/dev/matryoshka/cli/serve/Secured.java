package dev.matryoshka.cli.serve;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsSide;
import dev.matryoshka.tls.TlsTransport;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Connects to an endpoint of either kind, over TLS or not. Loop thread only; never parks. */
public final class Secured {
    private Secured() {}

    /** Stands in until TLS does; nobody speaks before a ClientHello. */
    private static final class Nobody implements Protocol {}

    /**
     * Connects a protocol, whose {@code connectionMade} is called with the transport that it is to use. It may hear
     * {@code connectionLost} without that, when the handshake fails.
     *
     * @param tls whom to trust, with the name of the server; null for a plain connection
     */
    public static CompletableFuture<Transport> connect(
            Loop loop, Endpoint endpoint, Protocol protocol, @Nullable TlsOptions tls, ConnectOptions options) {
        if (tls == null) {
            return endpoint.connect(loop, () -> protocol, options).thenApply(Connection::transport);
        }
        return endpoint.connect(loop, Nobody::new, options)
                .thenCompose(plain -> upgrade(plain.transport(), protocol, tls));
    }

    private static CompletableFuture<Transport> upgrade(Transport plain, Protocol protocol, TlsOptions tls) {
        CompletableFuture<TlsTransport> secured =
                Tls.startTlsAsync(plain, protocol, tls, TlsSide.CLIENT, ByteBuffer.allocate(0));
        return secured.thenApply(transport -> {
            protocol.connectionMade(transport);
            return transport;
        });
    }
}
