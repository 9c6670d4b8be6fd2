package dev.matryoshka.layer;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Transport;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The PROXY protocol on connections: who passes a connection on says first whose it is (haproxy's proxy-protocol.txt, versions
 * 1 and 2).
 *
 * {@snippet :
 * loop.createServer(ProxyProtocol.accept(MyProtocol::new, ProxyOptions.trusting("10.0.0.0/8")), null, 443);
 * }
 *
 * <p>The protocol is made when the header is complete, and hears {@code connectionMade} with a {@link ProxiedTransport}; then
 * the layer steps aside, so a connection costs nothing more. What came behind the header, be it a TLS ClientHello in the same
 * segment, is the first thing it receives. For TLS put this outside and TLS inside: {@code accept(tls(MyProtocol::new))}.
 *
 * <p>A connection that is refused is aborted, one line in the log (INFO, {@code dev.matryoshka.layer}) says why, and no
 * protocol hears of it. One that comes and goes without a byte, as health checks do, is no news.
 */
public final class ProxyProtocol {
    private ProxyProtocol() {}

    /** Wraps the factory of a server. Any thread; the factory is called on the loop. */
    public static Supplier<BaseProtocol> accept(Supplier<? extends BaseProtocol> factory, ProxyOptions options) {
        Objects.requireNonNull(factory, "factory");
        Objects.requireNonNull(options, "options");
        return () -> new ProxyAcceptor(factory, options);
    }

    /**
     * Wraps the factory of a client, or of whatever connects: the header is the first that is sent, in one segment with what
     * {@code connectionMade} writes, and the transport is then the protocol's own.
     *
     * @param header asked for when the connection stands
     */
    public static Supplier<BaseProtocol> send(
            Supplier<? extends BaseProtocol> factory,
            Function<Transport, ProxyHeader> header,
            ProxyHeader.Version version) {
        Objects.requireNonNull(factory, "factory");
        Objects.requireNonNull(header, "header");
        Objects.requireNonNull(version, "version");
        return () -> new ProxySender(factory, header, version);
    }
}
