package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopFile;
import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.kernel.FileFailedException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A file that stands in the place of bytes in a {@link Sender}, behind what was written before. Loop thread only.
 *
 * <pre>
 *   OPENING ──▶ NATIVE ──▶ DONE       sendfile(2), a share per pass
 *      └──────────▼
 *               COPYING ──▶ DONE      a chunk is read in the executor, then sent; in turns
 * </pre>
 *
 * The sender calls {@link #step} when it has nothing else to send and the channel is writable; this asks the channel for the
 * next time.
 */
final class FileSending implements FileTransfer {
    private enum State {
        OPENING,
        NATIVE,
        COPYING,
        DONE
    }

    private final Sender sender;
    private final SendFileOptions options;
    private final CompletableFuture<Long> result = new CompletableFuture<>();
    private State state = State.OPENING;

    /** Null while it is being opened. */
    private @Nullable LoopFile file;

    /** What the kernel has taken; exact however this ends. */
    private long sent;

    /** Of the chunk that was read last: what is still to be sent. */
    private int chunkFrom;

    private int chunkTo;
    private boolean reading;

    FileSending(Sender sender, SendFileOptions options) {
        this.sender = sender;
        this.options = options;
    }

    @Override
    public CompletableFuture<Long> result() {
        return result;
    }

    @Override
    public long sent() {
        return sent;
    }

    @Override
    public void cancel() {
        sender.cancel(this);
    }

    private long left() {
        return options.byteCount() - sent;
    }

    private long position() {
        return options.offset() + sent;
    }

    /** @param opening owned from now on: whatever comes of it is closed here */
    void open(CompletableFuture<LoopFile> opening) {
        CompletableFuture<LoopFile> ignored = opening.whenComplete((opened, failure) -> {
            if (!sender.isOnLoop() || state == State.DONE) {
                LoopFile.abandon(opening);
            } else if (failure != null) {
                sender.fileFailed(this, failure);
            } else {
                file = opened;
                state = options.mode() == SendFileMode.COPY ? State.COPYING : State.NATIVE;
                sender.flush();
            }
        });
    }

    /**
     * Sends a share.
     *
     * @return true when there is nothing left to send
     * @throws FileFailedException the file could not be read; every other IOException says that the connection broke
     * @throws UnsupportedOperationException only the native way was allowed, and does not work
     */
    boolean step(Channel channel) throws IOException {
        LoopFile open = file;
        if (open == null) {
            return false;
        }
        if (state == State.NATIVE) {
            try {
                return sendNatively(open, channel);
            } catch (UnsupportedOperationException refused) {
                if (options.mode() == SendFileMode.NATIVE && sent == 0) {
                    throw refused;
                }
                state = State.COPYING;
            }
        }
        return copy(open, channel);
    }

    private boolean sendNatively(LoopFile open, Channel channel) throws IOException {
        long count = channel.sendFile(open.source(), position(), Math.min(left(), LoopFile.SENT_BYTES_MAX));
        if (count < 0) {
            return true;
        }
        sent += count;
        channel.wantWrite(left() > 0);
        return left() == 0;
    }

    private boolean copy(LoopFile open, Channel channel) throws IOException {
        if (chunkFrom < chunkTo) {
            int count = channel.send(open.chunk(), chunkFrom, chunkTo - chunkFrom);
            chunkFrom += count;
            sent += count;
        }
        if (left() > 0 && chunkFrom == chunkTo && !reading) {
            readChunk(open);
        }
        channel.wantWrite(chunkFrom < chunkTo);
        return left() == 0;
    }

    private void readChunk(LoopFile open) {
        reading = true;
        CompletableFuture<Integer> ignored = open.read(position(), left()).whenComplete((count, failure) -> {
            if (!sender.isOnLoop()) {
                return; // and the loop, which ends, aborts this
            }
            reading = false;
            if (state == State.DONE) {
                return;
            }
            if (failure != null) {
                sender.fileFailed(this, failure);
            } else if (count < 0) {
                sender.fileSent(this);
            } else {
                chunkFrom = 0;
                chunkTo = count;
                sender.flush();
            }
        });
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    /** All that there was has been sent. */
    void complete() {
        close();
        boolean ignored = result.complete(sent);
    }

    /** The file could not be opened, read or sent. */
    void fail(Throwable failure) {
        boolean opened = file != null;
        close();
        Throwable cause = failure instanceof FileFailedException failed ? failed.failure() : failure;
        boolean told = opened && cause instanceof IOException;
        boolean ignored = result.completeExceptionally(told ? new SendFileException(sent, cause) : cause);
    }

    /** The connection is over: what broke it, or null when it was ended here. */
    void connectionLost(LoopEngine engine, @Nullable Throwable cause) {
        close();
        Throwable why = new SendFileException(sent, cause == null ? new ClosedChannelException() : cause);
        // not here: this may be inside somebody's abort()
        var ignored = engine.callSoon(() -> result.completeExceptionally(why));
    }

    /** Idempotent. */
    void close() {
        state = State.DONE;
        LoopFile open = file;
        if (open != null) {
            file = null;
            open.leaveAt(position());
            open.close();
        }
    }

    @Override
    public String toString() {
        return "FileSending[" + file + ", sent=" + sent + ", " + state + "]";
    }
}
