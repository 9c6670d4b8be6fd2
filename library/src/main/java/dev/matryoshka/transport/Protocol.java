package dev.matryoshka.transport;

import java.nio.ByteBuffer;

/** A protocol that is handed what has arrived (asyncio.Protocol). See {@link BaseProtocol} for the order of calls. */
public non-sealed interface Protocol extends BaseProtocol {
    /**
     * Bytes have arrived: as many as one receive gave, so messages may come split or joined.
     *
     * @param data read-only, at least one byte, at most 256 KiB; lent for the duration of this call, then reused
     */
    default void dataReceived(ByteBuffer data) {}

    /**
     * The peer has ended its direction. Not the end of the connection: that is {@code connectionLost}.
     *
     * @return true to keep the own direction open and write on; false to let the transport flush and close
     */
    default boolean eofReceived() {
        return false;
    }
}
