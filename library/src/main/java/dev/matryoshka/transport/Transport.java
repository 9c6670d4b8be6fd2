package dev.matryoshka.transport;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.loop.Loop;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stream connection, seen from its protocol: commands go in, {@link BaseProtocol} callbacks come out (asyncio.Transport).
 * Loop thread only; elsewhere {@link dev.matryoshka.loop.WrongThreadException}. Nothing here waits.
 *
 * <h2>Writing</h2>
 * {@code write} has taken the bytes when it returns: sent or copied, so the caller's buffer is free again. What several
 * small writes of one callback leave goes out together, in one system call, when that callback returns (outside of the
 * connection's own callbacks: at the end of the pass); large writes go out at once. Above the high-water mark
 * {@code pauseWriting} is called; the buffer itself is not bounded.
 *
 * <p>After {@link #close} or once the connection is lost writes are dropped, and that can be seen:
 * {@link #isClosing()} says so and {@link #droppedBytes()} counts them, together with what an end left in the buffer.
 *
 * <h2>Ending</h2>
 * {@link #close} flushes, {@link #abort} drops, {@link #writeEof} ends one direction. Each ends in {@code connectionLost},
 * exactly once, never from inside the call.
 */
public interface Transport {
    /** Any thread. */
    Loop loop();

    /**
     * Sends bytes, or keeps them until they can be sent, in order; an empty buffer does nothing.
     *
     * @param data its position moves to its limit, also when the bytes are dropped
     * @throws IllegalStateException after {@link #writeEof()}
     */
    void write(ByteBuffer data);

    /** As {@link #write(ByteBuffer)}; the array may be reused at once. */
    void write(byte[] data);

    /** Writes several pieces as one (asyncio.writelines): the same order, marks and rules as one {@code write}. */
    void writeLines(List<ByteBuffer> pieces);

    /**
     * Ends the own direction after what is buffered (FIN); the peer reads EOF, and may still send. Idempotent; nothing
     * happens after {@link #close()}.
     */
    void writeEof();

    /** Whether {@link #writeEof()} works on this kind of connection. Any thread. */
    boolean canWriteEof();

    /** Stops receiving at once, sends what is buffered, then {@code connectionLost(null)}. Idempotent. */
    void close();

    /** Drops what is buffered, then {@code connectionLost(null)}. After the end it does nothing. */
    void abort();

    /** Whether close or abort was called, or the connection is lost. */
    boolean isClosing();

    /** Stops the receiving callbacks; the kernel's window then stops the peer. Idempotent; ignored while closing. */
    void pauseReading();

    /** Lets them come again, from the next pass on. Idempotent; ignored while closing. */
    void resumeReading();

    /** Whether receiving callbacks may come: neither paused, nor at EOF, nor closing. */
    boolean isReading();

    /** Changes the marks; pauses or resumes the protocol at once if the buffer is on the other side of them. */
    void setWriteBufferLimits(WaterMarks marks);

    /** Whether the protocol was asked to pause writing, and not yet to resume. */
    boolean isWritingPaused();

    /** The marks in force. */
    WaterMarks writeBufferLimits();

    /** Bytes taken and not yet given to the kernel; a counter, not a sum. Small writes of this pass are among them. */
    int writeBufferSize();

    /** Bytes that went nowhere: those in the buffer when the connection was aborted or lost, and those written afterwards. */
    long droppedBytes();

    /** Hands the connection to another protocol, of either kind, from the next callback on. No callback is made. */
    void setProtocol(BaseProtocol protocol);

    /** The protocol that gets the callbacks. */
    BaseProtocol protocol();

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
