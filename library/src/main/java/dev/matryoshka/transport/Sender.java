package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.PassEndListener;
import dev.matryoshka.engine.Pieces;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileFailedException;
import dev.matryoshka.loop.BusyException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sending direction of one transport: what is kept, when it leaves, and when the protocol is asked to pause. Loop thread
 * only.
 *
 * <p>What a receiving callback of this connection writes is sent when the callback returns, in one call; what is written from
 * elsewhere is sent at the end of the pass. Writes of {@value #DIRECT_BYTES} bytes and more go out at once and are not
 * copied: for them the copy would cost more than the call that it might save.
 *
 * <p>After every call of the protocol or of the kernel the connection may be over, and the buffer another one.
 */
final class Sender implements PassEndListener {
    /** From here on a write is sent directly. Copying 8 KiB costs some 200 ns, a send some 4 us. */
    static final int DIRECT_BYTES = 8 * 1024;

    /** So much is not kept for the end of the callback or of the pass. */
    static final int GATHERED_BYTES_MAX = 4 * DIRECT_BYTES;

    private final StreamTransport transport;
    private final Channel channel;
    private final WriteBuffer buffer;
    private final FlowControl flow;
    /** Made when the first byte is dropped. */
    private @Nullable Drops drops;

    private WriteState state = WriteState.OPEN;

    /** Stands behind what is buffered; while it does, nothing can be written. */
    private @Nullable FileSending file;

    /** Stands in the engine's list for the end of the pass. */
    private boolean flushQueued;

    private long bytesOut;

    Sender(StreamTransport transport, Channel channel, WaterMarks marks) {
        this.transport = transport;
        this.channel = channel;
        this.buffer = new WriteBuffer(transport.engine.chunks(), transport.engine.readChunks());
        this.flow = new FlowControl(Objects.requireNonNull(marks, "marks"));
    }

    /** False on the thread of a job that ends when the loop is past its last mail: nothing may be touched there. */
    boolean isOnLoop() {
        return transport.engine.isLoopThread();
    }

    WriteState state() {
        return state;
    }

    boolean isEmpty() {
        return buffer.isEmpty();
    }

    /** Neither bytes nor a file left. */
    boolean isIdle() {
        return buffer.isEmpty() && file == null;
    }

    int size() {
        return buffer.size();
    }

    boolean isWritingPaused() {
        return flow.isPaused();
    }

    long bytesOut() {
        return bytesOut;
    }

    long bytesDropped() {
        return drops == null ? 0 : drops.bytes();
    }

    WaterMarks marks() {
        return flow.marks();
    }

    void setMarks(WaterMarks marks) {
        flow.setMarks(Objects.requireNonNull(marks, "marks"));
        balance();
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    void write(ByteBuffer data) {
        if (!admit(data.remaining())) {
            data.position(data.limit());
            return;
        }
        if (data.remaining() >= DIRECT_BYTES && channel.isWritable() && !sendNow(data)) {
            return;
        }
        if (data.hasRemaining()) {
            append(data);
        }
        wrote();
    }

    void writeLines(List<ByteBuffer> pieces) {
        boolean admitted = admit(Pieces.readableBytes(pieces));
        try {
            for (ByteBuffer piece : pieces) {
                if (!admitted) {
                    piece.position(piece.limit());
                } else if (piece.hasRemaining()) {
                    append(piece);
                }
            }
        } finally {
            if (admitted) {
                wrote(); // without memory for all of them, too: what is kept has to leave
            }
        }
    }

    private void append(ByteBuffer data) {
        if (!channel.isWritable()) {
            buffer.appendStuck(data);
        } else if (!borrow(data)) {
            buffer.append(data);
        }
    }

    /**
     * The window that a user was lent last leaves without a copy: in a receiving callback the one that it was called with, elsewhere
     * that of a stream. It is sent before the memory under it is received into again: the first when the callback returns, the
     * second is shared until then.
     */
    private boolean borrow(ByteBuffer data) {
        Chunk lent = transport.isReceiving()
                ? transport.receiver.chunk()
                : transport.engine.readChunks().lent();
        return lent != null && buffer.borrow(lent, data);
    }

    /** Whether bytes can still be sent; counts those that cannot. */
    private boolean admit(long byteCount) {
        if (state != WriteState.OPEN) {
            throw new IllegalStateException("cannot write after writeEof(): " + transport);
        }
        if (!transport.isClosing()) {
            if (file != null) {
                throw new BusyException("cannot write: sendFile is in progress on " + transport);
            }
            return byteCount > 0;
        }
        drops().written(byteCount, transport);
        return false;
    }

    private Drops drops() {
        Drops counted = drops;
        if (counted == null) {
            counted = new Drops();
            drops = counted;
        }
        return counted;
    }

    /** A large write goes out without a copy, behind what is queued; false when that broke the connection. */
    private boolean sendNow(ByteBuffer data) {
        Pieces.touch(data);
        int before = data.remaining() + buffer.size();
        try {
            if (buffer.isEmpty()) {
                channel.send(data);
            } else {
                buffer.flushWith(channel, data);
            }
        } catch (IOException broken) {
            drops().unsent(data.remaining());
            data.position(data.limit());
            transport.fatal(transport.writeError(), broken);
            return false;
        }
        bytesOut += before - data.remaining() - buffer.size();
        return true;
    }

    /** After bytes were queued, or a large write was sent. */
    private void wrote() {
        if (!channel.isWritable()) {
            channel.wantWrite(!buffer.isEmpty());
        } else if (flow.isAbove(buffer.size()) || buffer.size() >= GATHERED_BYTES_MAX) {
            flush();
        } else if (!transport.isReceiving() && !flushQueued && !buffer.isEmpty()) {
            flushQueued = true;
            transport.engine.atPassEnd(this);
        }
        balance();
    }

    /**
     * Asks the protocol to pause or to resume, as the buffer's size says. Both may be due at once: a large write takes the buffer
     * along that new marks have found too full. While a file is under way the protocol stays paused; pauseWriting may start one.
     */
    private void balance() {
        if (!transport.isOver() && file == null) {
            flow.grown(buffer.size(), transport.protocol(), transport);
        }
        if (flow.isPaused() && !transport.isOver() && file == null) {
            flow.shrunk(buffer.size(), transport.protocol(), transport);
        }
    }

    // ---- files ----------------------------------------------------------------------------------------------------

    /**
     * Puts a file behind what was written. Until it has been sent nothing can be written, and nothing is received: a protocol that
     * answers would break in. Ending the output and closing wait for it.
     *
     * @throws IllegalStateException the output has ended
     * @throws BusyException another file is under way
     */
    void start(FileSending next) {
        if (state != WriteState.OPEN) {
            throw new IllegalStateException("cannot write after writeEof(): " + transport);
        }
        if (file != null) {
            throw new BusyException("sendFile is in progress on " + transport);
        }
        file = next;
        transport.receiver.hold(true);
        flow.pause(transport.protocol(), transport);
        if (channel.isWritable()) {
            flush();
        } else {
            channel.wantWrite(true);
        }
    }

    private void sendFile(FileSending sending) {
        long before = sending.sent();
        boolean done;
        try {
            done = sending.step(channel);
        } catch (FileFailedException | RuntimeException failed) {
            fileFailed(sending, failed);
            return;
        } catch (IOException broken) {
            transport.fatal(transport.writeError(), broken);
            return;
        }
        bytesOut += sending.sent() - before;
        if (done) {
            fileSent(sending);
        }
    }

    /** To its end, or to that of the file. */
    void fileSent(FileSending sending) {
        fileOver();
        sending.complete();
        goOn();
    }

    /** The connection is as it was. */
    void fileFailed(FileSending sending, Throwable failure) {
        fileOver();
        sending.fail(failure);
        goOn();
    }

    /** Gives a file up where it is; nothing when it is not under way any more. */
    void cancel(FileSending sending) {
        if (file == sending) {
            fileOver();
            sending.close();
            goOn();
        }
    }

    private void fileOver() {
        file = null;
        channel.wantWrite(!buffer.isEmpty());
        transport.receiver.hold(false);
    }

    /** What waited for the file. */
    private void goOn() {
        if (!transport.isOver()) {
            flow.shrunk(buffer.size(), transport.protocol(), transport);
        }
        if (!transport.isOver() && isIdle()) {
            drained();
        }
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public void onPassEnd() {
        flushQueued = false;
        if (!buffer.isEmpty()) {
            flush();
        }
    }

    /** Sends what is queued. Afterwards protocol callbacks may have run, and any of them may have ended the connection. */
    void flush() {
        if (transport.isOver()) {
            return;
        }
        int before = buffer.size();
        try {
            buffer.flush(channel);
        } catch (IOException | OutOfMemoryError broken) { // no memory for what has to leave a reader's chunk
            transport.fatal(transport.writeError(), broken);
            return;
        }
        bytesOut += before - buffer.size();
        FileSending next = file;
        if (next != null) {
            flushBehind(next);
            return;
        }
        channel.wantWrite(!buffer.isEmpty());
        flow.shrunk(buffer.size(), transport.protocol(), transport);
        if (isIdle()) {
            drained();
        }
    }

    /** The protocol stays paused as long as a file is under way. */
    private void flushBehind(FileSending next) {
        if (buffer.isEmpty() && channel.isWritable()) {
            sendFile(next);
        } else {
            channel.wantWrite(true);
        }
    }

    private void drained() {
        if (state == WriteState.EOF_QUEUED && !transport.isClosing()) {
            shutDown();
        } else {
            transport.drained();
        }
    }

    /** The FIN goes behind what is queued. */
    void end() {
        if (state != WriteState.OPEN) {
            return;
        }
        state = WriteState.EOF_QUEUED;
        if (isIdle()) {
            shutDown();
        } else if (!buffer.isEmpty()) {
            flush();
        }
    }

    private void shutDown() {
        state = WriteState.SHUT;
        try {
            transport.endOutput();
        } catch (IOException broken) {
            transport.fatal(transport.writeError(), broken);
        }
    }

    /** The connection is over. */
    void drop(@Nullable Throwable cause) {
        if (!buffer.isEmpty()) {
            drops().unsent(buffer.size());
        }
        buffer.clear();
        channel.wantWrite(false);
        FileSending sending = file;
        if (sending != null) {
            file = null;
            sending.connectionLost(transport.engine, cause);
        }
    }
}
