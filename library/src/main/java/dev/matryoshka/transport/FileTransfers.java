package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopFile;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** Sends files over transports (asyncio's {@code loop.sendfile}). Loop thread only. */
public final class FileTransfers {
    private FileTransfers() {}

    /**
     * Sends a file, or a part of one, and parks until the operating system has taken it (asyncio's {@code loop.sendfile}). It
     * stands in the place of bytes that were written at this moment: what was written before leaves before. Until it is done the
     * protocol is paused, as above the high-water mark; to write nevertheless is a {@code BusyException}. Nothing is received
     * meanwhile. {@code writeEof} and {@code close} act behind the file, {@code abort} drops the rest of it.
     *
     * <p>A transport of ours lets the system move the bytes, about 2 MiB in a pass; see {@link SendFileMode}. Over a layer, TLS
     * for one, they are read in the executor and written to it, 64 KiB at a time; there {@code close} cuts the file off, and a
     * write would break in.
     *
     * @return how many bytes were sent: fewer than asked for when the file is shorter, or was cut meanwhile; 0 for an empty one
     * @throws java.nio.file.NoSuchFileException and what else {@link java.nio.file.Files} throws at opening; nothing was sent
     * @throws UnsupportedOperationException {@link SendFileMode#NATIVE} was asked for and does not work here; nothing was sent
     * @throws IllegalStateException the transport is closing, or its output has ended
     * @throws dev.matryoshka.loop.BusyException another file is under way
     * @throws dev.matryoshka.file.SendFileException broken, closed, or the file could not be read; it has the exact count
     * @throws dev.matryoshka.file.SendFileCancelledException cancelled; it has the exact count, and the connection is good
     */
    @Parks
    public static long sendFile(WriteTransport transport, Path file, SendFileOptions options)
            throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(transport.loop());
        engine.members().requireTask("sendFile");
        return begin(engine, transport, file, options).await();
    }

    /**
     * As {@link #sendFile(WriteTransport, Path, SendFileOptions)} with a file that is open for reading; it stays open. Its position
     * plays no part; afterwards, however this ends, it is behind the last byte that was sent. On {@code epoll} it is copied: the
     * JDK gives the descriptor that sendfile(2) needs to nobody.
     */
    @Parks
    public static long sendFile(WriteTransport transport, FileChannel file, SendFileOptions options)
            throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(transport.loop());
        engine.members().requireTask("sendFile");
        return begin(engine, transport, file, options).await();
    }

    /**
     * As {@link #sendFile(WriteTransport, Path, SendFileOptions)} for callbacks: never parks. The future completes on the loop; to
     * cancel it stops the file where it is.
     */
    public static CompletableFuture<Long> sendFileAsync(WriteTransport transport, Path file, SendFileOptions options) {
        LoopEngine engine = Engines.of(transport.loop());
        return begin(engine, transport, file, options).async(engine);
    }

    /** As {@link #sendFileAsync(WriteTransport, Path, SendFileOptions)} with a file that is open. */
    public static CompletableFuture<Long> sendFileAsync(
            WriteTransport transport, FileChannel file, SendFileOptions options) {
        LoopEngine engine = Engines.of(transport.loop());
        return begin(engine, transport, file, options).async(engine);
    }

    private static FileTransfer begin(LoopEngine engine, WriteTransport transport, Path file, SendFileOptions options) {
        engine.checkUsable();
        Objects.requireNonNull(options, "options");
        return FileTransfer.start(transport, LoopFile.open(engine, Objects.requireNonNull(file, "file")), options);
    }

    private static FileTransfer begin(
            LoopEngine engine, WriteTransport transport, FileChannel file, SendFileOptions options) {
        engine.checkUsable();
        Objects.requireNonNull(options, "options");
        LoopFile open = LoopFile.of(engine, Objects.requireNonNull(file, "file"));
        return FileTransfer.start(transport, CompletableFuture.completedFuture(open), options);
    }
}
