package dev.matryoshka.engine;

import java.nio.ByteBuffer;
import java.util.List;

/** Bytes that a caller gives to be written, before any of them is taken. Any thread. */
public final class Pieces {
    private Pieces() {}

    /**
     * Looks at the first byte: memory that is gone is the caller's mistake, and throws here, before anything is sent or kept.
     *
     * @param piece not empty
     * @throws IllegalStateException its arena is closed
     */
    public static void touch(ByteBuffer piece) {
        byte ignored = piece.get(piece.position());
    }

    /**
     * How many bytes there are, each piece {@link #touch touched}.
     *
     * @throws IllegalStateException the arena of a piece is closed
     */
    public static long readableBytes(List<ByteBuffer> pieces) {
        long total = 0;
        for (ByteBuffer piece : pieces) {
            if (piece.hasRemaining()) {
                touch(piece);
                total += piece.remaining();
            }
        }
        return total;
    }
}
