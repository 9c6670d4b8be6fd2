package dev.matryoshka.engine;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/**
 * Memory for bytes on their way, in pieces of one size, reused by one loop. Loop thread only.
 *
 * <p>A connection holds a chunk only while it holds bytes, so idle connections cost none. At most {@value #KEPT_BYTES} bytes
 * are kept for reuse; more may be in use at once, bounded by what connections may buffer, and are then left to the garbage
 * collector.
 */
public final class ChunkPool {
    /** For writes, 64 KiB: asyncio's high-water mark, and the largest segment that loopback moves at once. */
    public static final int WRITE_BYTES = 64 * 1024;

    /** For a stream's reads, 128 KiB: twice the default limit, where it pauses; so one receive takes what it may hold. */
    public static final int READ_BYTES = 128 * 1024;

    static final int KEPT_BYTES = 8 * 1024 * 1024;

    private final Kernel kernel;
    private final int chunkBytes;
    private final Chunk[] free;
    private int freeCount;
    private int inUse;
    private long made;

    /** The chunk whose window was lent last; null when that is over, or lies elsewhere. Mostly one is lent at a time. */
    private @Nullable Chunk lent;

    ChunkPool(Kernel kernel, int chunkBytes) {
        this.kernel = kernel;
        this.chunkBytes = chunkBytes;
        this.free = new Chunk[KEPT_BYTES / chunkBytes];
    }

    /** The size of each. */
    int chunkBytes() {
        return chunkBytes;
    }

    /** Where there is no memory left for it this throws, and nothing is counted. */
    public Chunk take() {
        Chunk chunk = freeCount > 0 ? free[--freeCount] : make();
        inUse++;
        return chunk;
    }

    private Chunk make() {
        Chunk chunk = kernel.allocate(chunkBytes);
        made++;
        return chunk;
    }

    /** The giver keeps no reference, nor any view of it. Of those who share a chunk only the last makes it free. */
    public void giveBack(Chunk chunk) {
        if (chunk.unshare()) {
            return;
        }
        inUse--;
        if (freeCount < free.length) {
            free[freeCount++] = chunk;
        }
    }

    /** The window of this chunk is lent to a user from now on; with null the last one's time is over, or it lies elsewhere. */
    public void lend(@Nullable Chunk chunk) {
        lent = chunk;
    }

    /** The chunk whose window was lent last, which a writer may share; null for none. */
    public @Nullable Chunk lent() {
        return lent;
    }

    /** Chunks made so far: stands still when reuse works. */
    public long made() {
        return made;
    }

    /** Chunks taken and not given back: 0 when nothing is on its way. */
    public int inUse() {
        return inUse;
    }
}
