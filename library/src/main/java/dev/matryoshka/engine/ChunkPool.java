package dev.matryoshka.engine;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Kernel;

/**
 * Memory for bytes on their way, in pieces of one size, reused by one loop. Loop thread only.
 *
 * <p>A connection holds a chunk only while it holds bytes, so idle connections cost none. At most {@value #KEPT} chunks
 * are kept for reuse (8 MiB); more may be in use at once, bounded by what connections may buffer, and are then left to the
 * garbage collector.
 */
public final class ChunkPool {
    /** 64 KiB: asyncio's high-water mark and stream limit, and the largest segment that loopback moves at once. */
    public static final int CHUNK_BYTES = 64 * 1024;

    private static final int KEPT = 128;

    private final Kernel kernel;
    private final Chunk[] free = new Chunk[KEPT];
    private int freeCount;
    private int inUse;

    ChunkPool(Kernel kernel) {
        this.kernel = kernel;
    }

    public Chunk take() {
        inUse++;
        return freeCount > 0 ? free[--freeCount] : kernel.allocate(CHUNK_BYTES);
    }

    /** The giver keeps no reference, nor any view of it. */
    public void giveBack(Chunk chunk) {
        inUse--;
        if (freeCount < KEPT) {
            free[freeCount++] = chunk;
        }
    }

    /** Chunks taken and not given back: 0 when nothing is on its way. */
    public int inUse() {
        return inUse;
    }
}
