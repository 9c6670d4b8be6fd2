package dev.matryoshka.transport;

import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopFile;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.inspect.ConnectionSnapshot.Traffic;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeMode;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A transport over one end of a pipe (asyncio's {@code _UnixReadPipeTransport} and {@code _UnixWritePipeTransport}). Loop thread
 * only.
 *
 * <p>To read, the end of the stream is the end of the transport, whatever eofReceived answers: there is no other direction. To
 * write, ending the output is closing, for the same reason; and a reader that goes away is noticed at once, where the kernel can
 * tell: it is a regular end when nothing is left to be sent, else a broken pipe.
 */
final class PipeTransport extends StreamTransport {
    private final NonBlockingIo io;
    private final PipeMode mode;

    /** The other side went away before connectionMade. */
    private boolean hungUp;

    /**
     * Takes an end over; {@link #begin} calls {@code connectionMade}.
     *
     * @throws IOException it cannot be watched; it is still the caller's
     */
    PipeTransport(LoopEngine engine, NonBlockingIo io, PipeMode mode, BaseProtocol protocol, WaterMarks marks)
            throws IOException {
        super(engine, io, protocol, marks);
        this.io = io;
        this.mode = mode;
        if (mode == PipeMode.WRITE) {
            receiver.pause(); // for good
        }
    }

    @Override
    void opened() {
        if (mode == PipeMode.READ) {
            receiver.start();
        } else if (hungUp) {
            onHangup();
        }
    }

    /** Nobody reads any more. With nothing left to be sent that is an end; what is kept for the end of the pass finds it broken now. */
    @Override
    public void onHangup() {
        if (mode == PipeMode.READ) {
            return; // paused: the bytes that are there come first
        }
        if (state() == TransportState.NEW) {
            hungUp = true;
        } else if (!isOver() && io.isReaderGone()) {
            if (sender.isIdle()) {
                end(null);
            } else {
                sender.flush();
            }
        }
    }

    @Override
    boolean endsWithInput() {
        return true;
    }

    @Override
    String readError() {
        return "Fatal read error on pipe transport";
    }

    @Override
    String writeError() {
        return "Fatal write error on pipe transport";
    }

    // ---- the direction that is not there --------------------------------------------------------------------------

    private void requireWriter() {
        if (mode != PipeMode.WRITE) {
            engine.checkLoopThread();
            throw new UnsupportedOperationException("this end of a pipe is for reading: " + this);
        }
    }

    @Override
    public void write(ByteBuffer data) {
        requireWriter();
        super.write(data);
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        requireWriter();
        super.writeLines(pieces);
    }

    /** Closes, behind what is buffered. */
    @Override
    public void writeEof() {
        requireWriter();
        close();
    }

    @Override
    public boolean canWriteEof() {
        return mode == PipeMode.WRITE;
    }

    @Override
    FileTransfer sendFile(CompletableFuture<LoopFile> opening, SendFileOptions options) {
        requireWriter();
        return super.sendFile(opening, options);
    }

    @Override
    void endOutput() {
        throw new IllegalStateException("a pipe is closed instead: " + this);
    }

    /** Nothing to pause where nothing comes. */
    @Override
    public void pauseReading() {
        engine.checkLoopThread();
        if (mode == PipeMode.READ) {
            super.pauseReading();
        }
    }

    @Override
    public void resumeReading() {
        engine.checkLoopThread();
        if (mode == PipeMode.READ) {
            super.resumeReading();
        }
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public @Nullable SocketAddress localAddress() {
        engine.checkLoopThread();
        return null;
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        engine.checkLoopThread();
        return null;
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) {
        engine.checkLoopThread();
        throw new UnsupportedOperationException("a pipe has no socket options: " + option.name());
    }

    @Override
    public <T> T getOption(SocketOption<T> option) {
        engine.checkLoopThread();
        throw new UnsupportedOperationException("a pipe has no socket options: " + option.name());
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "pipe",
                io + ", " + state(),
                null,
                null,
                new Traffic(
                        receiver.bytesIn(),
                        sender.bytesOut(),
                        0,
                        sender.size(),
                        mode == PipeMode.READ && receiver.state() == ReadState.PAUSED,
                        sender.isWritingPaused()),
                Duration.ofNanos(ageNanos()),
                protocol().getClass().getName(),
                Origin.text(origin())));
    }

    @Override
    public String toString() {
        return "PipeTransport[" + io + ", " + state() + ", buffered=" + sender.size() + "]";
    }
}
