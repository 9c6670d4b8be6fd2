package dev.matryoshka.transport;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A transport that sends (asyncio.WriteTransport). Loop thread only.
 *
 * <h2>Writing</h2>
 * {@code write} has taken the bytes when it returns: sent or copied, so the caller's buffer is free again. What several
 * small writes of one callback leave goes out together, in one system call, when that callback returns (outside of the
 * connection's own callbacks: at the end of the pass); large writes go out at once. Above the high-water mark
 * {@code pauseWriting} is called; the buffer itself is not bounded.
 *
 * <p>After {@link #close} or once the connection is lost writes are dropped, and that can be seen:
 * {@link #isClosing()} says so and {@link #droppedBytes()} counts them, together with what an end left in the buffer.
 */
public interface WriteTransport extends BaseTransport {
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
}
