package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopFile;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The life of a transport over bytes in order, whatever they move through. The two directions stand in {@link Receiver} and
 * {@link Sender}. Loop thread only.
 *
 * <p>One receive per readiness and pass, 256 KiB at most: no connection starves another.
 *
 * <p>Every way out leads through {@link #end}, which leaves OPEN or FLUSHING once, and to {@link #lost}, which runs once.
 *
 * <p>Why a base class and not an interface between the directions and their transport: what they ask per message is final
 * here, so it costs no virtual call however many kinds of transport there are.
 */
abstract sealed class StreamTransport implements Transport, ChannelListener, Described, FlowControl.Witness
        permits SocketTransport, PipeTransport {
    final LoopEngine engine;
    final Channel channel;
    final Receiver receiver;
    final Sender sender;

    private TransportState state = TransportState.NEW;

    /** Whether connectionMade was called, so that connectionLost is due. */
    private boolean made;

    private @Nullable Throwable cause;
    private final long openedNanos;

    /** In debug mode where it was made. */
    private final @Nullable Origin origin;

    /** @throws IOException it cannot be watched; it is still the caller's */
    StreamTransport(LoopEngine engine, NonBlockingIo io, BaseProtocol protocol, WaterMarks marks) throws IOException {
        this.engine = engine;
        this.openedNanos = engine.time();
        this.origin = engine.reporter().origin("made here");
        this.channel = engine.watch(io, this);
        this.receiver = new Receiver(this, channel, engine.receiveChunk(), protocol);
        this.sender = new Sender(this, channel, marks);
    }

    /** Calls {@code connectionMade}, then lets bytes come. Returns false when the end came first. */
    final boolean begin() {
        if (state != TransportState.NEW) {
            return false;
        }
        state = state.to(TransportState.OPEN);
        made = true;
        try {
            protocol().connectionMade(this);
        } catch (Throwable escaped) {
            report("Exception in callback connectionMade()", escaped);
        }
        if (state == TransportState.OPEN) {
            opened();
        }
        return true;
    }

    /** It stands, and the protocol knows. */
    void opened() {
        receiver.start();
    }

    final TransportState state() {
        return state;
    }

    /** asyncio's words. */
    abstract String readError();

    abstract String writeError();

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public final boolean onReadable() {
        if (state != TransportState.OPEN) {
            channel.wantRead(false);
            return false;
        }
        receiver.receive();
        if (!sender.isEmpty()) {
            sender.flush();
        }
        return state == TransportState.OPEN && receiver.isReading() && channel.isReadable();
    }

    @Override
    public void pauseReading() {
        engine.checkLoopThread();
        if (!state.isClosing()) {
            receiver.pause();
        }
    }

    @Override
    public void resumeReading() {
        engine.checkLoopThread();
        if (!state.isClosing()) {
            receiver.resume();
        }
    }

    @Override
    public final boolean isReading() {
        engine.checkLoopThread();
        return receiver.isReading() && !state.isClosing();
    }

    /** See {@link Layer#isInputEnded}. */
    final boolean isInputEnded() {
        engine.checkLoopThread();
        return receiver.state() == ReadState.EOF;
    }

    /** Whether the end of the input is that of everything, whatever the protocol answers. */
    boolean endsWithInput() {
        return false;
    }

    /** Inside a receiving callback: what it writes is sent when it returns. */
    final boolean isReceiving() {
        return receiver.isInCallback();
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public final void write(byte[] data) {
        write(ByteBuffer.wrap(data));
    }

    @Override
    public void write(ByteBuffer data) {
        engine.checkLoopThread();
        sender.write(data);
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        engine.checkLoopThread();
        sender.writeLines(pieces);
    }

    /** Puts a file behind what was written; see {@link Sender#start}. */
    FileTransfer sendFile(CompletableFuture<LoopFile> opening, SendFileOptions options) {
        FileSending file = new FileSending(sender, options);
        sender.start(file);
        file.open(opening);
        return file;
    }

    @Override
    public final void onWritable() {
        sender.flush();
    }

    @Override
    public void writeEof() {
        engine.checkLoopThread();
        if (!state.isClosing()) {
            sender.end();
        }
    }

    /** The FIN, or what stands for it: everything that was written has been sent. */
    abstract void endOutput() throws IOException;

    @Override
    public final void setWriteBufferLimits(WaterMarks marks) {
        engine.checkLoopThread();
        sender.setMarks(marks);
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public final void close() {
        engine.checkLoopThread();
        if (state.isClosing()) {
            return;
        }
        if (!sender.isIdle() && state == TransportState.OPEN) {
            flushBeforeClose();
        } else {
            end(null);
        }
    }

    private void flushBeforeClose() {
        state = state.to(TransportState.FLUSHING);
        channel.wantRead(false);
        if (!receiver.isInCallback() && channel.isWritable()) {
            sender.flush();
        }
    }

    /** Everything that was written has been sent: what close() waited for. */
    final void drained() {
        if (state == TransportState.FLUSHING) {
            end(null);
        }
    }

    @Override
    public final void abort() {
        engine.checkLoopThread();
        end(null);
    }

    /** Something broke: a failure of the network is news for the protocol only, a failure of code for the handler too. */
    final void fatal(String message, Throwable exception) {
        if (!(exception instanceof IOException)) {
            report(message, exception);
        }
        end(exception);
    }

    /** The one way out: drops what is buffered and schedules connectionLost; nothing when that has been done. */
    final void end(@Nullable Throwable exception) {
        if (state.isOver()) {
            return;
        }
        state = state.to(TransportState.ENDING);
        cause = exception;
        channel.wantRead(false);
        sender.drop(exception);
        engine.callSoon(this::lost);
    }

    /** Runs once: connectionLost, then the descriptor goes. A connection that was never made is not lost either. */
    private void lost() {
        state = state.to(TransportState.ENDED);
        try {
            if (made) {
                protocol().connectionLost(cause);
            }
        } catch (Throwable escaped) {
            report("Exception in callback connectionLost()", escaped);
        } finally {
            closing();
            channel.close();
            closed(ageNanos());
        }
    }

    /** The last moment of the descriptor. */
    void closing() {}

    /** The descriptor is given up. */
    void closed(long ageNanos) {}

    final long ageNanos() {
        return engine.time() - openedNanos;
    }

    @Override
    public final void onLoopClosing() {
        end(null);
    }

    /** Whether nothing can be sent or received any more. */
    final boolean isOver() {
        return state.isOver();
    }

    @Override
    public final boolean isClosing() {
        engine.checkLoopThread();
        return state.isClosing();
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public final void report(String message, Throwable exception) {
        engine.reporter()
                .report(ExceptionContext.of(message, exception)
                        .with("transport", this)
                        .with("protocol", protocol())
                        .withOrigin(origin));
    }

    @Override
    public final void setProtocol(BaseProtocol protocol) {
        engine.checkLoopThread();
        receiver.setProtocol(protocol);
    }

    @Override
    public final BaseProtocol protocol() {
        engine.checkLoopThread();
        return receiver.protocol();
    }

    @Override
    public final Loop loop() {
        return engine.face();
    }

    @Override
    public final WaterMarks writeBufferLimits() {
        engine.checkLoopThread();
        return sender.marks();
    }

    @Override
    public final boolean isWritingPaused() {
        engine.checkLoopThread();
        return sender.isWritingPaused();
    }

    @Override
    public final int writeBufferSize() {
        engine.checkLoopThread();
        return sender.size();
    }

    @Override
    public final long droppedBytes() {
        engine.checkLoopThread();
        return sender.bytesDropped();
    }

    final long bytesIn() {
        return receiver.bytesIn();
    }

    final long bytesOut() {
        return sender.bytesOut();
    }

    @Override
    public final @Nullable Origin origin() {
        return origin;
    }

    final @Nullable Throwable cause() {
        return cause;
    }
}
