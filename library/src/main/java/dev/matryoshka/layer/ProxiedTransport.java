package dev.matryoshka.layer;

import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Transport;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection that came through a proxy: {@link #remoteAddress()} is the client's, {@link #localAddress()} where the client
 * had connected to. With a header that names nobody ({@link ProxyHeader.Kind#LOCAL}, {@link ProxyHeader.Kind#UNKNOWN}), and
 * without one, they are the connection's own. Loop thread only.
 */
public interface ProxiedTransport extends Transport {
    /** What the proxy said; null when the header was optional and none came. */
    @Nullable
    ProxyHeader header();

    /** The proxy's address: the peer of the connection as the kernel has it. */
    @Nullable
    SocketAddress proxyAddress();

    /** The own address as the kernel has it. */
    @Nullable
    SocketAddress ownAddress();

    /** Finds it under the layers that stand on it, such as TLS; null when a connection does not come through a proxy. */
    static @Nullable ProxiedTransport under(Transport transport) {
        for (Transport at = transport; at != null; at = Layer.below(at)) {
            if (at instanceof ProxiedTransport proxied) {
                return proxied;
            }
        }
        return null;
    }
}
