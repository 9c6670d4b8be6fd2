package dev.matryoshka.transport;

import dev.matryoshka.address.PeerCredentials;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;

/**
 * One stream connection, seen from its protocol: commands go in, {@link BaseProtocol} callbacks come out (asyncio.Transport).
 * Loop thread only; elsewhere {@link dev.matryoshka.loop.WrongThreadException}. Nothing here waits.
 *
 * <h2>Ending</h2>
 * {@link #close} flushes, {@link #abort} drops, {@link #writeEof} ends one direction. Each ends in {@code connectionLost},
 * exactly once, never from inside the call.
 *
 * <p>Protocols are given this type by everything. One end of a pipe is a transport of one direction only; there the calls of the other
 * throw UnsupportedOperationException.
 */
public interface Transport extends ReadTransport, WriteTransport {
    /** The own address, or null when it is not known; still answered after the end. */
    @Nullable
    SocketAddress localAddress();

    /** The peer's address, or null when it is not known; still answered after the end. */
    @Nullable
    SocketAddress remoteAddress();

    /**
     * Who is at the other end of a Unix connection, as the system says.
     *
     * @throws UnsupportedOperationException not a Unix connection, or the system does not tell
     * @throws IOException the connection is closed
     */
    default PeerCredentials peerCredentials() throws IOException {
        throw new UnsupportedOperationException("no peer credentials: " + this);
    }

    /**
     * Sets a socket option; TCP_NODELAY is on already.
     *
     * @throws UnsupportedOperationException the socket has no such option
     * @throws IOException the system refused, or the connection is closed
     */
    <T> void setOption(SocketOption<T> option, T value) throws IOException;

    /**
     * Reads a socket option.
     *
     * @throws UnsupportedOperationException the socket has no such option
     * @throws IOException the system refused, or the connection is closed
     */
    <T> T getOption(SocketOption<T> option) throws IOException;
}
