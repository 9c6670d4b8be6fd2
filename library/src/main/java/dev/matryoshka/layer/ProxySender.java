package dev.matryoshka.layer;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/** Writes a header and steps aside. Without one, or without a protocol, there is no connection. Loop thread only. */
final class ProxySender implements Protocol {
    private final Supplier<? extends BaseProtocol> factory;
    private final Function<Transport, ProxyHeader> header;
    private final ProxyHeader.Version version;

    ProxySender(
            Supplier<? extends BaseProtocol> factory,
            Function<Transport, ProxyHeader> header,
            ProxyHeader.Version version) {
        this.factory = factory;
        this.header = header;
        this.version = version;
    }

    /** What escapes goes to the exception handler, as from every connectionMade. */
    @Override
    public void connectionMade(Transport transport) {
        BaseProtocol user;
        try {
            user = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
            transport.write(header.apply(transport).encode(version));
        } catch (Throwable failed) {
            transport.abort();
            throw failed;
        }
        transport.setProtocol(user);
        user.connectionMade(transport);
    }
}
