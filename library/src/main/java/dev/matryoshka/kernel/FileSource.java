package dev.matryoshka.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file that is open for reading, whose bytes are to be sent. It has no position of its own: each call says where. Any
 * thread; one owner closes it, when no call is under way.
 */
public interface FileSource extends AutoCloseable {
    /**
     * Reads into a buffer, advancing its position. Waits for the disk if it must, so this is for an executor.
     *
     * @param position from the beginning of the file, in bytes
     * @return the count, or {@link NonBlockingIo#EOF} where the file has no byte
     */
    int read(ByteBuffer target, long position) throws IOException;

    /** Closes the file if it was opened for this. Idempotent. */
    @Override
    void close();
}
