package dev.matryoshka.cli.proxy;

import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.layer.ProxyHeader;
import dev.matryoshka.layer.ProxyOptions;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.transport.BaseProtocol;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy does.
 *
 * @param front the side of the clients
 * @param back the side of the target
 * @param connectTimeout how long connecting to the target may take, TLS included
 * @param idleTimeout after so long without a byte a connection ends; zero for never
 * @param maxConnections clients at once; more wait until one has gone
 * @param complain gets one line for each connection that failed
 */
public record ProxyPlan(
        Front front,
        Back back,
        Duration connectTimeout,
        Duration idleTimeout,
        int maxConnections,
        Consumer<String> complain) {
    /**
     * The side of the clients.
     *
     * @param endpoint where to listen
     * @param tls what to show, or null for plain connections
     * @param accept whose PROXY headers are believed, or null to read none
     * @param tap what listens in on the clients' bytes, inside of TLS; changes nothing if there is none
     */
    public record Front(
            Endpoint endpoint,
            @Nullable TlsOptions tls,
            @Nullable ProxyOptions accept,
            UnaryOperator<Supplier<BaseProtocol>> tap) {}

    /**
     * The side of the target.
     *
     * @param endpoint where to connect
     * @param tls whom to trust, or null for plain connections
     * @param send the form of the PROXY header to send, or null for none
     */
    public record Back(Endpoint endpoint, @Nullable TlsOptions tls, ProxyHeader.@Nullable Version send) {}
}
