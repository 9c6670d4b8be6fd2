package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopFile;
import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.loop.ExceptionContext;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A file over a transport that is not one of ours: TLS, or another {@link Layer}, which must see the bytes. Loop thread only.
 *
 * <p>Chunks are read in the executor and written like other bytes. To hear when one has left, a relay stands in for the protocol
 * meanwhile, with marks at 0: the transport resumes it when its buffer is empty. The protocol itself is paused, in both directions;
 * what comes nevertheless is handed on (asyncio's {@code _SendfileFallbackProtocol}, which raises then).
 */
final class LayerFileSending implements FileTransfer {
    private static final WaterMarks EMPTY = new WaterMarks(0, 0);

    private final LoopEngine engine;
    private final Transport transport;
    private final SendFileOptions options;
    private final CompletableFuture<Long> result = new CompletableFuture<>();

    /** What stands behind this. */
    private final BaseProtocol protocol;

    private final BaseProtocol relay;
    private final WaterMarks marks;
    private final boolean wasReading;

    private @Nullable LoopFile file;
    private long sent;
    private boolean paused;

    /** The executor is at the chunk: a write that breaks in, and so resumes, must not begin another read of the same bytes. */
    private boolean reading;

    /** It has ended its direction; if the connection ends too, that is why. */
    private boolean peerEnded;

    private boolean done;

    private LayerFileSending(LoopEngine engine, Transport transport, SendFileOptions options) {
        this.engine = engine;
        this.transport = transport;
        this.options = options;
        this.protocol = transport.protocol();
        this.relay = protocol instanceof BufferedProtocol buffered
                ? new BufferedRelay(this, buffered)
                : new PlainRelay(this, (Protocol) protocol);
        this.marks = transport.writeBufferLimits();
        this.wasReading = transport.isReading();
    }

    static LayerFileSending start(Transport transport, CompletableFuture<LoopFile> opening, SendFileOptions options) {
        if (options.mode() == SendFileMode.NATIVE) {
            throw new UnsupportedOperationException(
                    "fallback is disabled and native sendFile is not supported for transport " + transport);
        }
        LayerFileSending sending = new LayerFileSending(Engines.of(transport.loop()), transport, options);
        sending.takeOver();
        CompletableFuture<LoopFile> ignored = opening.whenComplete((opened, failure) -> {
            if (!sending.engine.isLoopThread() || sending.done) {
                LoopFile.abandon(opening);
            } else if (failure != null) {
                sending.end(failure);
            } else {
                sending.file = opened;
                sending.next();
            }
        });
        return sending;
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
        if (!done) {
            over();
        }
    }

    // ---- chunk by chunk -------------------------------------------------------------------------------------------

    private void takeOver() {
        boolean pausedBefore = transport.isWritingPaused();
        transport.setProtocol(relay); // first: a layer may refuse it
        if (!pausedBefore) {
            tell(protocol::pauseWriting);
        }
        transport.pauseReading();
        transport.setWriteBufferLimits(EMPTY);
        paused = transport.writeBufferSize() > 0;
    }

    private void next() {
        LoopFile open = file;
        long left = options.byteCount() - sent;
        if (done || paused || reading || open == null) {
            return;
        }
        if (left == 0) {
            end(null);
            return;
        }
        CompletableFuture<Integer> read;
        try {
            read = open.read(options.offset() + sent, left);
        } catch (RuntimeException refused) { // the executor takes no more jobs
            end(refused);
            return;
        }
        reading = true;
        CompletableFuture<Integer> ignored = read.whenComplete((count, failure) -> {
            if (!engine.isLoopThread()) {
                return; // and the loop, which ends, aborts this
            }
            reading = false;
            if (done) {
                return;
            }
            if (failure != null) {
                end(failure instanceof IOException ? new SendFileException(sent, failure) : failure);
            } else if (count < 0) {
                end(null);
            } else if (transport.isClosing()) {
                end(new SendFileException(sent, new ClosedChannelException()));
            } else {
                write(open, count);
            }
        });
    }

    private void write(LoopFile open, int count) {
        try {
            transport.write(open.chunk().lend(0, count));
        } catch (RuntimeException refused) { // after writeEof()
            end(refused);
            return;
        }
        sent += count;
        next();
    }

    private void resumed() {
        paused = false;
        next();
    }

    private void lost(@Nullable Throwable exception) {
        if (!done) {
            Throwable cause = exception != null
                    ? exception
                    : peerEnded ? new SocketException("Connection is closed by peer") : new ClosedChannelException();
            end(new SendFileException(sent, cause));
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    private void end(@Nullable Throwable failure) {
        over();
        boolean ignored = failure == null ? result.complete(sent) : result.completeExceptionally(failure);
    }

    /** Everything as it was. */
    private void over() {
        done = true;
        LoopFile open = file;
        if (open != null) {
            file = null;
            open.leaveAt(options.offset() + sent);
            open.close();
        }
        transport.setWriteBufferLimits(marks);
        if (transport.protocol() == relay) {
            transport.setProtocol(protocol);
        }
        if (!transport.isWritingPaused()) {
            tell(protocol::resumeWriting);
        }
        if (wasReading && !transport.isClosing()) {
            transport.resumeReading();
        }
    }

    private void tell(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable escaped) {
            engine.reporter()
                    .report(ExceptionContext.of("protocol.pauseWriting() or resumeWriting() failed", escaped)
                            .with("transport", transport)
                            .with("protocol", protocol));
        }
    }

    @Override
    public String toString() {
        return "LayerFileSending[" + file + ", sent=" + sent + (done ? ", done" : "") + "]";
    }

    /** Hears of the buffer, and hands on the rest. */
    private record PlainRelay(LayerFileSending sending, Protocol protocol) implements Protocol {
        @Override
        public void dataReceived(ByteBuffer data) {
            protocol.dataReceived(data);
        }

        @Override
        public boolean eofReceived() {
            sending.peerEnded = true;
            return protocol.eofReceived();
        }

        @Override
        public void pauseWriting() {
            sending.paused = true;
        }

        @Override
        public void resumeWriting() {
            sending.resumed();
        }

        @Override
        public void connectionLost(@Nullable Throwable exception) {
            sending.lost(exception);
            protocol.connectionLost(exception);
        }
    }

    /** The same for the other kind. */
    private record BufferedRelay(LayerFileSending sending, BufferedProtocol protocol) implements BufferedProtocol {
        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            return protocol.getBuffer(sizeHint);
        }

        @Override
        public void bufferUpdated(int byteCount) {
            protocol.bufferUpdated(byteCount);
        }

        @Override
        public boolean eofReceived() {
            sending.peerEnded = true;
            return protocol.eofReceived();
        }

        @Override
        public void pauseWriting() {
            sending.paused = true;
        }

        @Override
        public void resumeWriting() {
            sending.resumed();
        }

        @Override
        public void connectionLost(@Nullable Throwable exception) {
            sending.lost(exception);
            protocol.connectionLost(exception);
        }
    }
}
