package dev.matryoshka.kernel;

import dev.matryoshka.address.PeerCredentials;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A stream socket that never waits: what {@link NonBlockingIo} and {@link NetworkSocket} say, and what makes and ends a
 * connection. Loop thread only.
 *
 * <p>Errors of the connection come as {@link java.net.SocketException} (or a subclass such as
 * {@link java.net.ConnectException}, {@link java.net.BindException}) whose message names the errno and, where one is
 * known, the address.
 */
public interface NonBlockingSocket extends NonBlockingIo, NetworkSocket {
    /**
     * Starts to listen.
     *
     * @param backlog at least 1; the system clamps it (somaxconn)
     */
    void listen(int backlog) throws IOException;

    /**
     * Takes one connection from the accept queue; it is non-blocking and close-on-exec.
     *
     * @return null when the queue is empty
     * @throws AcceptAbortedException that one connection died in the queue; go on with the next
     * @throws ResourceExhaustedException descriptors or memory have run out (EMFILE, ENFILE, ENOBUFS, ENOMEM)
     */
    @Nullable
    NonBlockingSocket tryAccept() throws IOException;

    /**
     * Starts to connect.
     *
     * @return true when connected at once; false: wait for WRITABLE, then call {@link #finishConnect()}
     * @throws java.net.ConnectException refused, unreachable or timed out, with the address
     */
    boolean tryConnect(SocketAddress remote) throws IOException;

    /**
     * @return true when connected, false while still on the way (a spurious event)
     * @throws java.net.ConnectException as for {@link #tryConnect}
     */
    boolean finishConnect() throws IOException;

    /**
     * Asks the system who is at the other end of a Unix connection.
     *
     * @throws UnsupportedOperationException not a Unix socket, or this system does not tell
     * @throws java.net.SocketException not connected
     */
    default PeerCredentials peerCredentials() throws IOException {
        throw new UnsupportedOperationException("no peer credentials: " + this);
    }

    /** Half-close: the peer reads EOF after what was sent. Ignored when the connection is already gone (ENOTCONN). */
    void shutdownOutput() throws IOException;

    /** Stops the receiving direction. Ignored when the connection is already gone (ENOTCONN). */
    void shutdownInput() throws IOException;
}
