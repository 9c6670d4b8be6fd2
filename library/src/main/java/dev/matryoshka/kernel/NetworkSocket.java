package dev.matryoshka.kernel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;

/** What every kind of socket has: a local address, perhaps a peer, and options. Loop thread only. */
public interface NetworkSocket extends Watchable {
    /**
     * Binds to a local address; for an IPv6 wildcard the caller sets IPV6_V6ONLY through {@link #setIpv6Only} first.
     *
     * @throws java.net.BindException in use, not available or not permitted; the address is in the message
     */
    void bind(SocketAddress local) throws IOException;

    /** IPV6_V6ONLY; only before bind, only on an IPv6 socket. A kernel that cannot set it ignores the call. */
    void setIpv6Only(boolean on) throws IOException;

    /** @throws UnsupportedOperationException for an option this kind of socket does not have */
    <T> void setOption(SocketOption<T> option, T value) throws IOException;

    /** @throws UnsupportedOperationException for an option this kind of socket does not have */
    <T> T getOption(SocketOption<T> option) throws IOException;

    /** The bound address, or null when not bound or already closed. */
    @Nullable
    SocketAddress localAddress();

    /** The peer, as accept or connect knew it (no system call), or null when not connected. */
    @Nullable
    SocketAddress remoteAddress();
}
