package dev.matryoshka.stream;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.task.Parks;
import dev.matryoshka.task.Task;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.transport.FileTransfers;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a connection in straight-line code (asyncio.StreamWriter). Loop thread only.
 *
 * <p>A write hands its bytes to the transport, which sends them in this pass or when the peer takes them; the caller's memory
 * is free again when it returns. In a task it first parks while the transport is above its high-water mark, so however many
 * tasks write, the buffer never grows by more than one write above the mark: nobody has to remember {@link #drain()}. Being
 * cancelled in that wait leaves nothing half-written: the bytes were not taken. In a callback a write never parks.
 *
 * <p>When the connection is lost, or was closed, a write in a task throws; dropping bytes in silence would let a task that
 * only ever writes run for ever without giving the loop back. In a callback the bytes are dropped, as by the transport. For the
 * same reason a task that writes to a peer which takes everything at once lets the loop turn every 256 KiB.
 */
public final class StreamWriter implements AutoCloseable {
    /** Bytes that tasks may write in one pass: as much as one receive takes at most. */
    private static final int SHARE_BYTES = LoopEngine.RECEIVE_BYTES;

    /** What a write counts besides its bytes, so that many small ones are a share as well. */
    private static final int CALL_BYTES = 64;

    private final StreamProtocol protocol;

    /** What was written since {@link #sharePass}, each write with {@link #CALL_BYTES}. */
    private long shareSpent;

    /** The pass in which the present share began. */
    private long sharePass;

    /** Shared with the reader: when both have been dropped, so has the connection. */
    @SuppressWarnings("unused")
    private final Object lifeline;

    StreamWriter(StreamProtocol protocol, Object lifeline) {
        this.protocol = protocol;
        this.lifeline = lifeline;
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    /**
     * Writes what the buffer has left; an empty one does nothing.
     *
     * @param data its position moves to its limit; a window of a {@link StreamReader} is welcome
     * @throws IllegalStateException after {@link #writeEof()}
     * @throws IOException the connection is lost: what broke it, or {@link java.nio.channels.ClosedChannelException} when you
     *     closed it; tasks only
     * @throws InterruptedException cancelled; nothing was taken; tasks only
     */
    @Parks
    public void write(ByteBuffer data) throws IOException, InterruptedException {
        admit(data.remaining());
        transport().write(data);
    }

    /** As {@link #write(ByteBuffer)}. */
    @Parks
    public void write(byte[] data) throws IOException, InterruptedException {
        admit(data.length);
        transport().write(data);
    }

    /**
     * As {@link #write(ByteBuffer)}, a part of an array.
     *
     * @throws IndexOutOfBoundsException the part lies outside
     */
    @Parks
    public void write(byte[] data, int offset, int byteCount) throws IOException, InterruptedException {
        write(ByteBuffer.wrap(data, offset, byteCount));
    }

    /** As {@link #write(ByteBuffer)}, text in a character set. */
    @Parks
    public void write(CharSequence text, Charset charset) throws IOException, InterruptedException {
        write(text.toString().getBytes(charset));
    }

    /** Writes several pieces as one (asyncio {@code writelines}); positions move as in {@link #write(ByteBuffer)}. */
    @Parks
    public void writeLines(List<ByteBuffer> pieces) throws IOException, InterruptedException {
        long byteCount = 0;
        for (ByteBuffer piece : pieces) {
            byteCount += piece.remaining();
        }
        admit(byteCount);
        transport().writeLines(pieces);
    }

    /** As {@link #sendFile(Path, SendFileOptions)}, the whole file. */
    @Parks
    public long sendFile(Path file) throws IOException, InterruptedException {
        return sendFile(file, SendFileOptions.defaults());
    }

    /**
     * Sends a file behind what was written, and parks until the operating system has taken it; on a plain connection without
     * bringing the bytes into the program. Writes of other tasks wait until it is done, and nothing is received meanwhile: see
     * {@link FileTransfers#sendFile(dev.matryoshka.transport.WriteTransport, Path, SendFileOptions)}, also for the exceptions.
     *
     * @return how many bytes were sent: fewer than asked for when the file is shorter
     */
    @Parks
    public long sendFile(Path file, SendFileOptions options) throws IOException, InterruptedException {
        protocol.engine().members().requireTask("sendFile");
        admit(0);
        return FileTransfers.sendFile(transport(), file, options);
    }

    /** As {@link #sendFile(Path, SendFileOptions)} with a file that is open for reading; its position follows what is sent. */
    @Parks
    public long sendFile(FileChannel file, SendFileOptions options) throws IOException, InterruptedException {
        protocol.engine().members().requireTask("sendFile");
        admit(0);
        return FileTransfers.sendFile(transport(), file, options);
    }

    /** What comes before every write; mostly three comparisons. */
    @Parks
    private void admit(long byteCount) throws IOException, InterruptedException {
        shareSpent += byteCount + CALL_BYTES;
        if (shareSpent > SHARE_BYTES
                || protocol.isWritingPaused()
                || transport().isClosing()) {
            awaitTurn();
        }
    }

    /** In a callback there is nothing to wait for, and no harm in dropping: it ends by itself. */
    @Parks
    private void awaitTurn() throws IOException, InterruptedException {
        LoopEngine engine = protocol.engine();
        if (engine.members().currentTask() == null) {
            return;
        }
        if (shareSpent > SHARE_BYTES) {
            if (sharePass == engine.counters().passes) {
                Task.yield();
            }
            sharePass = engine.counters().passes;
            shareSpent = 0;
        }
        if (!transport().isClosing()) {
            protocol.awaitWritable();
        }
        if (transport().isClosing()) {
            protocol.throwIfLost();
            Task.yield();
            throw protocol.loss();
        }
    }

    /**
     * Parks while the transport is above its high-water mark (asyncio {@code drain}). A write waits by itself; this is for
     * those who want to see a loss, or to wait at a place of their own. Any number of tasks may drain at once. While the
     * connection is closing it lets the loop turn once, so that the loss is seen and not written over.
     *
     * @throws IOException the connection is lost: what broke it, or {@link java.nio.channels.ClosedChannelException} when you
     *     closed it
     * @throws InterruptedException cancelled
     */
    @Parks
    public void drain() throws IOException, InterruptedException {
        protocol.engine().members().requireTask("drain");
        if (transport().isClosing()) {
            protocol.throwIfLost();
            Task.yield();
        }
        try {
            protocol.awaitWritable();
        } finally {
            Reference.reachabilityFence(this); // the last who knows the writer may wait here
        }
    }

    /** As {@link Transport#writeEof()}: the peer reads the end after what was written, and may still send. */
    public void writeEof() {
        transport().writeEof();
    }

    /** Whether this connection can end one direction alone. Any thread. */
    public boolean canWriteEof() {
        return transport().canWriteEof();
    }

    /**
     * Goes on over TLS (asyncio {@code start_tls}): parks until what was written is drained and the handshake is complete. On the
     * server's side of streams this is the server of TLS, else its client, which has to name the server:
     * {@link TlsOptions#withServerName}. Reader and writer stay the same objects, and {@link #transport()} is a
     * {@link dev.matryoshka.tls.TlsTransport} then. Bytes that were read ahead go into the handshake: nothing that came in plain
     * can be read afterwards.
     *
     * @throws dev.matryoshka.loop.BusyException another task reads: what it would get is neither plain nor decrypted
     * @throws IllegalArgumentException a client whose options name no server, or a server without a certificate; nothing has
     *     happened
     * @throws IOException the handshake failed, and the connection is closed; or it was lost before
     * @throws InterruptedException cancelled: while draining nothing has happened, later the connection is aborted
     */
    @Parks
    public void startTls(TlsOptions options) throws IOException, InterruptedException {
        if (transport().isClosing()) {
            throw protocol.loss();
        }
        protocol.startTls(options);
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    /**
     * Stops receiving, sends what was written, then closes; does not wait for it. Idempotent. What had been received can still
     * be read; windows of the reader end now.
     */
    @Override
    public void close() {
        boolean open = !transport().isClosing();
        transport().close();
        if (open) {
            protocol.closing();
        }
        protocol.endLending();
    }

    /** Whether the connection is closing, closed or lost. */
    public boolean isClosing() {
        return transport().isClosing();
    }

    /**
     * Parks until the connection is over, whoever ends it (asyncio {@code wait_closed}). Any number of tasks, any number of
     * times, before and after.
     *
     * @throws IOException what broke the connection
     * @throws InterruptedException cancelled
     */
    @Parks
    public void waitClosed() throws IOException, InterruptedException {
        protocol.engine().members().requireTask("waitClosed");
        try {
            protocol.awaitLost();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    /** What this writes to: for socket options, water marks, {@code abort}. Any thread. */
    public Transport transport() {
        return protocol.transport();
    }

    /** The own address, or null when it is not known. */
    public @Nullable SocketAddress localAddress() {
        return transport().localAddress();
    }

    /** The peer's address, or null when it is not known. */
    public @Nullable SocketAddress remoteAddress() {
        return transport().remoteAddress();
    }

    /**
     * The same for code that wants an {@link OutputStream}; its {@code flush} is {@link #drain()}. Cancelling shows as
     * {@link java.io.InterruptedIOException}. Closing it drains and does not close the connection. Any thread may ask for it.
     */
    public OutputStream asOutputStream() {
        return new WriterOutputStream(this);
    }

    @Override
    public String toString() {
        return "StreamWriter[" + transport() + "]";
    }
}
