package dev.matryoshka.engine;

import dev.matryoshka.kernel.ChannelFile;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A file that is being sent over a connection of this loop. It is opened and read off the loop, where it may wait for the
 * disk. Loop thread only.
 *
 * <p>It can be closed at any time: while a read is under way in the executor the descriptor stays open until that has ended, or
 * its number could come back as somebody else's file and be read instead.
 */
public final class LoopFile implements AutoCloseable {
    /**
     * What the system is asked to send in one pass: about what a socket's send buffer takes at once (tcp_wmem's 4 MiB, of which half
     * is overhead). With the 256 KiB of a receive each call wakes the receiver for a little: 28 us of CPU per 64 KiB instead of 11,
     * measured.
     */
    public static final long SENT_BYTES_MAX = 2 * 1024 * 1024;

    private final LoopEngine engine;
    private final FileSource source;

    /** Where reads land; from the loop's pool, with the first read. */
    private @Nullable Chunk chunk;

    private @Nullable CompletableFuture<Integer> reading;
    private boolean closed;

    private LoopFile(LoopEngine engine, FileSource source) {
        this.engine = engine;
        this.source = source;
    }

    /** Opens a file in the executor; see {@link #abandon} for who no longer wants it. */
    public static CompletableFuture<LoopFile> open(LoopEngine engine, Path path) {
        return engine.face()
                .runInExecutor(() -> new LoopFile(engine, engine.kernel().openFile(path)));
    }

    /** Closes what comes of an opening. */
    public static void abandon(CompletableFuture<LoopFile> opening) {
        CompletableFuture<LoopFile> ignored = opening.whenComplete((file, failed) -> {
            if (failed == null) {
                file.close();
            }
        });
    }

    /** A channel of the caller's, who closes it. */
    public static LoopFile of(LoopEngine engine, FileChannel channel) {
        return new LoopFile(engine, ChannelFile.of(channel));
    }

    /** For the kernel's try call. */
    public FileSource source() {
        return source;
    }

    /** Where the bytes are that were read last. */
    public Chunk chunk() {
        Chunk memory = chunk;
        if (memory == null) {
            memory = engine.chunks().take();
            chunk = memory;
        }
        return memory;
    }

    /**
     * Reads into {@link #chunk()} from its beginning, in the executor; one at a time. Completes on the loop with the count, or
     * −1 where the file has no byte.
     *
     * @param bytesMax at least 1; a chunk holds 64 KiB
     */
    public CompletableFuture<Integer> read(long position, long bytesMax) {
        Chunk target = chunk();
        int length = (int) Math.min(bytesMax, target.capacity());
        CompletableFuture<Integer> read = engine.face()
                .runInExecutor(() -> source.read(target.bytes().clear().limit(length), position));
        reading = read;
        return read;
    }

    /** Leaves the caller's channel at a position; nothing for a file that was opened here, or a channel that is closed. */
    public void leaveAt(long position) {
        if (source instanceof ChannelFile file && file.isOpen()) {
            try {
                file.position(position);
            } catch (IOException failed) {
                return; // closed at this very moment: then nobody asks where it stands
            }
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        CompletableFuture<Integer> last = reading;
        if (last == null || last.isDone()) {
            release();
        } else {
            CompletableFuture<Integer> ignored = last.whenComplete((count, failed) -> release());
        }
    }

    /** Where the loop is gone this runs on the executor's thread: then the pool is of no interest any more. */
    private void release() {
        source.close();
        Chunk memory = chunk;
        chunk = null;
        if (memory != null && engine.isLoopThread()) {
            engine.chunks().giveBack(memory);
        }
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
