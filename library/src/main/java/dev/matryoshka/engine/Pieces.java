package dev.matryoshka.engine;

import java.nio.ByteBuffer;
import java.util.List;

/** Several buffers that are written as one. Any thread. */
public final class Pieces {
    private Pieces() {}

    /**
     * How many bytes there are. Each piece is touched: memory that is gone is the caller's mistake, and throws here, before those in
     * front of it are kept.
     *
     * @throws IllegalStateException the arena of a piece is closed
     */
    public static long readableBytes(List<ByteBuffer> pieces) {
        long total = 0;
        for (ByteBuffer piece : pieces) {
            if (piece.hasRemaining()) {
                byte ignored = piece.get(piece.position());
                total += piece.remaining();
            }
        }
        return total;
    }
}
