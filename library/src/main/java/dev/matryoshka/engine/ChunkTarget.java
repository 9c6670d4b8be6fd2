package dev.matryoshka.engine;

import dev.matryoshka.kernel.Chunk;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A receiving protocol of ours whose buffer mostly lies in a chunk. A transport that knows the chunk need not ask for the
 * buffer's address, which would make an object per message wherever the JIT compiler does not see through it; and one that
 * tells when nothing came spares the protocol to look after each pass whether it holds memory in vain. Loop thread only.
 */
public interface ChunkTarget {
    /** As {@code getBuffer}, for a caller who receives at once and tells how that ended. */
    ByteBuffer bufferToFill();

    /** Instead of {@code bufferUpdated}: the memory may be wanted elsewhere. Not after a failure, which ends the connection. */
    void nothingCame();

    /** The chunk of the buffer that was given last, which has the same positions; null when that lies elsewhere. */
    @Nullable
    Chunk chunkToFill();
}
