package dev.matryoshka.kernel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A socket that never waits: the <em>try face</em>. Loop thread only. Closing is the owner's duty, once; a use after close
 * throws {@link java.nio.channels.ClosedChannelException}.
 *
 * <p>Errors of the connection come as {@link java.net.SocketException} (or a subclass such as
 * {@link java.net.ConnectException}, {@link java.net.BindException}) whose message names the errno and, where one is
 * known, the address. A signal (EINTR) is never seen: the call is repeated inside.
 */
public interface NonBlockingSocket {
    /** Answer of a try call: nothing could be moved now, wait for readiness. */
    int WOULD_BLOCK = -2;

    /** Answer of a receive: the peer has ended its direction; it will be answered again each time. */
    int EOF = -1;

    /**
     * Binds to a local address; for an IPv6 wildcard the caller sets IPV6_V6ONLY through {@link #setIpv6Only} first.
     *
     * @throws java.net.BindException in use, not available or not permitted; the address is in the message
     */
    void bind(SocketAddress local) throws IOException;

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
     * Receives into a chunk.
     *
     * @param length at least 1
     * @return 1 to length, {@link #EOF} or {@link #WOULD_BLOCK}
     */
    int tryRecv(Chunk target, int offset, int length) throws IOException;

    /**
     * Receives into any writable buffer, advancing its position; heap buffers cost a copy.
     *
     * @return the count, 0 only when the target has no room, {@link #EOF} or {@link #WOULD_BLOCK}
     */
    int tryRecv(ByteBuffer target) throws IOException;

    /**
     * Sends from a chunk.
     *
     * @param length at least 1
     * @return 1 to length, or {@link #WOULD_BLOCK}
     */
    int trySend(Chunk source, int offset, int length) throws IOException;

    /**
     * Sends from any buffer, advancing its position by what was taken; heap buffers cost a copy.
     *
     * @return the count (0 only for an empty source) or {@link #WOULD_BLOCK}
     */
    int trySend(ByteBuffer source) throws IOException;

    /**
     * Gathering send in one system call, advancing the positions. Takes at most {@link #GATHER_MAX} buffers per call: fewer
     * bytes than given may just mean that.
     *
     * @return the count (0 only when all are empty) or {@link #WOULD_BLOCK}
     */
    long trySend(ByteBuffer[] sources, int offset, int count) throws IOException;

    /** Buffers per gathering call: IOV_MAX of Linux, sysconf(_SC_IOV_MAX). */
    int GATHER_MAX = 1024;

    /** Half-close: the peer reads EOF after what was sent. Ignored when the connection is already gone (ENOTCONN). */
    void shutdownOutput() throws IOException;

    /** Stops the receiving direction. Ignored when the connection is already gone (ENOTCONN). */
    void shutdownInput() throws IOException;

    /** Takes the pending error of the socket (SO_ERROR), or null; asking clears it. */
    @Nullable
    IOException takeError();

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

    boolean isOpen();

    /**
     * Closes the descriptor. The caller has deregistered it from the poller before, and calls this once; a second call does
     * nothing. Unread input makes TCP send a reset.
     */
    void close();
}
