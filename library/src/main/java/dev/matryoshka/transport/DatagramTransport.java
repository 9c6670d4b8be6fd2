package dev.matryoshka.transport;

import dev.matryoshka.loop.Loop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One datagram endpoint, seen from its protocol: commands go in, {@link DatagramProtocol} callbacks come out
 * (asyncio.DatagramTransport). Loop thread only; elsewhere {@link dev.matryoshka.loop.WrongThreadException}. Nothing here waits.
 *
 * <h2>Sending</h2>
 * {@code sendTo} has taken the datagram when it returns: sent, or copied because the system has no room. Datagrams that are kept
 * leave in order. Above the high-water mark {@code pauseWriting} is called; the buffer itself is not bounded. Each kept datagram
 * counts {@value #HEADER_BYTES} bytes more than it has, when it comes and when it goes, so that empty ones count too.
 *
 * <h2>Errors</h2>
 * An error of the network ends nothing: it is told by {@link DatagramProtocol#errorReceived}, the datagram that met it is dropped, and
 * those behind it are sent.
 *
 * <h2>Ending</h2>
 * {@link #close} sends what is kept, {@link #abort} drops it. Both end in {@code connectionLost}, exactly once, never from inside the
 * call. What is sent afterwards is dropped and counted.
 */
public interface DatagramTransport {
    /** What a kept datagram counts besides its bytes: a UDP header (asyncio's figure). */
    int HEADER_BYTES = 8;

    /** Any thread. */
    Loop loop();

    /**
     * Sends one datagram, or keeps it until it can be sent; an empty one is sent too (but on {@code nio} to the remote address of a
     * connected endpoint: the JDK cannot, and {@code errorReceived} is told).
     *
     * @param data its position moves to its limit, also when the datagram is dropped
     * @param target where to; null for the remote address of the endpoint, which takes no other
     * @throws IllegalArgumentException not the remote address of the endpoint; none when it has none; unresolved, or of another
     *     family than the endpoint
     */
    void sendTo(ByteBuffer data, @Nullable SocketAddress target);

    /** As {@link #sendTo(ByteBuffer, SocketAddress)}; the array may be reused at once. */
    void sendTo(byte[] data, @Nullable SocketAddress target);

    /** Sends to the remote address of the endpoint. */
    default void send(ByteBuffer data) {
        sendTo(data, null);
    }

    /** Sends to the remote address of the endpoint. */
    default void send(byte[] data) {
        sendTo(data, null);
    }

    /** Stops receiving at once, sends what is kept, then {@code connectionLost(null)}. Idempotent. */
    void close();

    /** Drops what is kept, then {@code connectionLost(null)}. After the end it does nothing. */
    void abort();

    /** Whether close or abort was called, or the endpoint is closed. */
    boolean isClosing();

    /**
     * Stops the receiving callbacks; what comes meanwhile waits in the system's buffer, and is lost when that is full. Idempotent;
     * ignored while closing.
     */
    void pauseReading();

    /** Lets them come again, from the next pass on. Idempotent; ignored while closing. */
    void resumeReading();

    /** Whether receiving callbacks may come: neither paused nor closing. */
    boolean isReading();

    /** Whether the datagram that {@code datagramReceived} has been given was longer, and the rest is lost: above 256 KiB. */
    boolean isTruncated();

    /** Changes the marks; pauses or resumes the protocol at once if the buffer is on the other side of them. */
    void setWriteBufferLimits(WaterMarks marks);

    /** The marks in force. */
    WaterMarks writeBufferLimits();

    /** Bytes of the datagrams that are kept, headers included. */
    int writeBufferSize();

    /** Datagrams that went nowhere: kept when the endpoint was aborted, or sent afterwards. What the network lost is not known. */
    long droppedDatagrams();

    /** Hands the endpoint to another protocol, from the next callback on. No callback is made. */
    void setProtocol(DatagramProtocol protocol);

    /** The protocol that gets the callbacks. */
    DatagramProtocol protocol();

    /** The own address, or null when it is not bound yet; still answered after the end. */
    @Nullable
    SocketAddress localAddress();

    /** Where {@link #send} sends to, or null; still answered after the end. */
    @Nullable
    SocketAddress remoteAddress();

    /**
     * Joins a multicast group; again: nothing. The endpoint is bound to the wildcard, and the port that the group uses.
     *
     * @throws UnsupportedOperationException a Unix endpoint
     */
    void join(InetAddress group, NetworkInterface on) throws IOException;

    /** As {@link #join(InetAddress, NetworkInterface)} for what one host sends (RFC 4607). */
    void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException;

    /**
     * Leaves a group.
     *
     * @throws java.net.SocketException it was not joined there
     */
    void leave(InetAddress group, NetworkInterface on) throws IOException;

    /** As {@link #leave(InetAddress, NetworkInterface)} for one that was joined with a source. */
    void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException;

    /**
     * Sets a socket option.
     *
     * @throws UnsupportedOperationException the socket has no such option
     * @throws IOException the system refused, or the endpoint is closed
     */
    <T> void setOption(SocketOption<T> option, T value) throws IOException;

    /**
     * Reads a socket option.
     *
     * @throws UnsupportedOperationException the socket has no such option
     * @throws IOException the system refused, or the endpoint is closed
     */
    <T> T getOption(SocketOption<T> option) throws IOException;
}
