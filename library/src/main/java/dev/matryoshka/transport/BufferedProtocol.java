package dev.matryoshka.transport;

import java.nio.ByteBuffer;

/**
 * A protocol that receives into memory of its own, without a copy when that is direct (asyncio.BufferedProtocol). Grammar:
 * {@code connectionMade ((getBuffer bufferUpdated?)* eofReceived?) connectionLost}.
 */
public non-sealed interface BufferedProtocol extends BaseProtocol {
    /**
     * Where to put what arrives next. Asked once per receive.
     *
     * @param sizeHint how much would be useful, or -1 for any
     * @return a writable buffer with room; the transport puts bytes at its position and advances it. No room at all is fatal
     *     to the connection. A direct buffer is filled in place, a heap buffer costs a copy.
     */
    ByteBuffer getBuffer(int sizeHint);

    /**
     * The buffer that {@link #getBuffer} gave has been filled.
     *
     * @param byteCount how many bytes were put, at least 1
     */
    void bufferUpdated(int byteCount);

    /** As {@link Protocol#eofReceived()}. */
    default boolean eofReceived() {
        return false;
    }
}
