package dev.matryoshka.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Heap memory for work on bytes that wants arrays, such as ciphers: in pieces of one size, reused by one loop. Loop thread
 * only. Whoever takes a piece gives it back before its callback returns, so no connection holds one between two passes, and
 * a loop needs as many as layers of such work lie on one another.
 */
public final class HeapPool {
    /**
     * 84 KiB: room for five TLS records of the largest size (16,709 bytes each), because an engine wants room for a whole one
     * even for the rest of a message; so 64 KiB of plaintext fit, and leave in one gathered send.
     */
    public static final int PIECE_BYTES = 84 * 1024;

    /** Two layers at once need six. */
    private static final int KEPT = 8;

    private final Piece[] free = new Piece[KEPT];
    private int freeCount;
    private int inUse;

    HeapPool() {}

    /** A piece of memory and its one read-only view. */
    public static final class Piece {
        private final ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES);
        private final ByteBuffer view = bytes.asReadOnlyBuffer();

        private Piece() {}

        /** The memory, all of it. */
        public ByteBuffer cleared() {
            return bytes.clear();
        }

        /** The view over the first bytes, to be lent; big-endian, whatever order its last user wanted. */
        public ByteBuffer lend(int byteCount) {
            return view.limit(byteCount).position(0).order(ByteOrder.BIG_ENDIAN);
        }
    }

    /** The caller gives it back. */
    public Piece take() {
        inUse++;
        return freeCount > 0 ? free[--freeCount] : new Piece();
    }

    /** The giver keeps no reference, nor any view of it. */
    public void giveBack(Piece piece) {
        inUse--;
        if (freeCount < KEPT) {
            free[freeCount++] = piece;
        }
    }

    /** Pieces taken and not given back. */
    public int inUse() {
        return inUse;
    }
}
