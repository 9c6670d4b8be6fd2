package dev.matryoshka.kernel;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A pipe between the loop and a thread that blocks: for what no poller can watch. The loop's end is an end like any other; the
 * thread's end waits, and belongs to the thread.
 *
 * @param ours the loop's end
 * @param theirs an {@link OutputStream} where ours reads, an {@link InputStream} where ours writes
 */
public record BridgePipe(NonBlockingIo ours, Closeable theirs) {
    /** The thread's end, where ours reads. */
    public OutputStream sink() {
        return (OutputStream) theirs;
    }

    /** The thread's end, where ours writes. */
    public InputStream source() {
        return (InputStream) theirs;
    }

    /** Gives both ends up. */
    public void close() throws IOException {
        ours.close();
        theirs.close();
    }
}
