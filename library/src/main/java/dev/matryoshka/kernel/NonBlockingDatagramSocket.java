package dev.matryoshka.kernel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket that never waits: UDP, or the Unix domain. Loop thread only.
 *
 * <p>A datagram comes and goes whole, and an empty one is one too. So a receive of fewer bytes than there was room for says
 * nothing about what is left: only {@link #WOULD_BLOCK} means drained. Errors do not end anything: what they tell of is one
 * datagram, perhaps one sent earlier, and the socket goes on. They are {@link java.net.SocketException}s with errno and
 * address in the message; {@link java.net.PortUnreachableException} for "nobody there" (ICMP, udp(7): on a connected socket,
 * from the next call, whichever it is).
 */
public interface NonBlockingDatagramSocket extends NetworkSocket {
    /** The payload of the largest UDP datagram, over IPv6; over IPv4 it is 20 less. */
    int UDP_BYTES_MAX = 65_535 - 8;

    /** What it was opened for. */
    StandardProtocolFamily family();

    /**
     * Sets the peer: what is sent without an address goes there, what others send no longer comes. Nothing is sent. May be
     * called again, for another one; a kernel may drop what others sent before ({@code nio} does).
     *
     * @throws java.net.ConnectException no route, or nobody of that Unix name, with the address
     */
    void connect(SocketAddress remote) throws IOException;

    /** Dissolves the association with a peer; the local port stays. Nothing when there is none. */
    void disconnect() throws IOException;

    /**
     * Takes one datagram; what does not fit is lost, and {@link #isTruncated()} says so.
     *
     * @param length at least 1
     * @return 0 (an empty datagram) to length, or {@link #WOULD_BLOCK}
     */
    int tryRecvFrom(Chunk target, int offset, int length) throws IOException;

    /**
     * As {@link #tryRecvFrom(Chunk, int, int)} into the room of a buffer, advancing its position; heap buffers cost a copy.
     * A target without room takes a datagram too, and loses its bytes.
     */
    int tryRecvFrom(ByteBuffer target) throws IOException;

    /**
     * Who sent the datagram that was received last: the same object as before while the same peer goes on. A Unix sender
     * without a name has the empty path. Null before the first datagram.
     */
    @Nullable
    SocketAddress sender();

    /** Whether the datagram that was received last did not fit. */
    boolean isTruncated();

    /**
     * Sends one datagram, whole or not at all; its position goes to the limit when it is sent.
     *
     * @param remote where to; null for the peer of a connected socket, which takes no other
     * @return how many bytes it had, or {@link #WOULD_BLOCK}
     * @throws java.net.SocketException it is too long (EMSGSIZE), or has no way to go; {@code nio} cannot send an empty one on a
     *     connected socket, and says so (EOPNOTSUPP)
     * @throws IllegalArgumentException connected to somebody else, or an address of another family
     */
    int trySendTo(ByteBuffer source, @Nullable SocketAddress remote) throws IOException;

    /**
     * As {@link #trySendTo(ByteBuffer, SocketAddress)} from a chunk, whose address is known: for what answers in the memory that it
     * was asked in.
     *
     * @param length 0 for an empty datagram
     */
    int trySendTo(Chunk source, int offset, int length, @Nullable SocketAddress remote) throws IOException;

    /**
     * Whether after a send that would have blocked WRITABLE says that there is room again. Where it does not, it may come at once,
     * and after each further try, and not when there is room: who waits does so by a timer.
     */
    default boolean tellsOfRoom() {
        return true;
    }

    /**
     * Joins a multicast group; again: nothing. What is sent to it comes only to the bound port.
     *
     * @param source only what this host sends, or null for anybody
     * @throws UnsupportedOperationException not on this kind of socket
     */
    void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException;

    /**
     * Leaves a group that was joined with the same arguments.
     *
     * @throws java.net.SocketException it was not (EADDRNOTAVAIL)
     */
    void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException;
}
