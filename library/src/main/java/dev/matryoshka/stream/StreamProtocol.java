package dev.matryoshka.stream;

import dev.matryoshka.engine.ChunkTarget;
import dev.matryoshka.engine.Leftovers;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.engine.OwnedFuture;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.task.Parks;
import dev.matryoshka.task.Task;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsSide;
import dev.matryoshka.tls.TlsTransport;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Transport;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Between a transport and the tasks that read and write it (asyncio's StreamReaderProtocol and FlowControlMixin). It receives
 * into the reader's own memory. Loop thread only.
 *
 * <p>It never holds the reader and the writer that users have: a connection that everybody has dropped could not be told from
 * one that waits.
 */
final class StreamProtocol implements BufferedProtocol, ChunkTarget, Callable<Object> {
    private static final String DROPPED = "An open stream was garbage collected, and is closed now: close it yourself,"
            + " for example with try-with-resources";

    /** Causes may form a circle. */
    private static final int CAUSES_MAX = 32;

    private final LoopEngine engine;
    private final Inbound in;

    /** Serves the connection; null on the client's side. */
    private final @Nullable StreamHandler handler;

    /** Set when the connection is made. */
    private @Nullable Transport transport;

    /** Over the reader and the writer of a user who has to close them. */
    private Leftovers.@Nullable Guard guard;

    /** The transport's buffer is above its high-water mark. */
    private boolean writingPaused;

    /** {@code connectionLost} was called. */
    private boolean lost;

    /** What broke the connection, or null. */
    private @Nullable IOException broken;

    /** What whoever writes on is told; made once, so that {@link #serve} can recognise it. */
    private @Nullable IOException loss;

    /** The end was asked for through the writer. */
    private boolean closedHere;

    /** Tasks that wait for room; made by the first one, as the next. */
    private @Nullable List<Waiter> drainers;

    /** Tasks that wait for the end. */
    private @Nullable List<Waiter> closeWaiters;

    StreamProtocol(LoopEngine engine, StreamOptions options, @Nullable StreamHandler handler) {
        this.engine = engine;
        this.in = new Inbound(engine, options.limitBytes());
        in.limitReads(options.readTimeout());
        this.handler = handler;
    }

    LoopEngine engine() {
        return engine;
    }

    /** What both directions stand on now; another one after startTls. Not before connectionMade. */
    Transport transport() {
        return Objects.requireNonNull(transport, "connectionMade");
    }

    /** Both directions for a user who has to close them; whoever forgets is reported, and the connection closed. */
    StreamConnection connection() {
        Object lifeline = new Object();
        Origin origin = engine.reporter().origin("connected here");
        guard = Leftovers.guard(lifeline, engine, new Remains(origin));
        return new StreamConnection(new StreamReader(in, lifeline), new StreamWriter(this, lifeline));
    }

    /** Of the connection; the reader and the writer must not be reachable from here. */
    private final class Remains implements Leftovers.Remains {
        private final @Nullable Origin origin;

        Remains(@Nullable Origin origin) {
            this.origin = origin;
        }

        @Override
        public boolean isOver() {
            return transport().isClosing();
        }

        @Override
        public ExceptionContext dropped() {
            return ExceptionContext.of(DROPPED, null)
                    .with("transport", transport())
                    .withOrigin(origin);
        }

        @Override
        public void close() {
            transport().close();
        }
    }

    /** For tests: what arrived. */
    Inbound inbound() {
        return in;
    }

    // ---- callbacks of the transport -------------------------------------------------------------------------------

    @Override
    public void connectionMade(Transport made) {
        transport = made;
        in.attach(made);
        StreamHandler server = handler;
        if (server != null) {
            try {
                Task.create(engine.face(), null, this);
            } catch (RuntimeException noTask) {
                made.abort();
                throw noTask;
            }
        }
    }

    /** Goes on in the place of another protocol, which may have been paused both ways, and may have heard the peer's end. */
    void takeOver(Transport open) {
        transport = open;
        in.takeOver(open);
        if (open.isWritingPaused()) {
            pauseWriting();
        }
        if (Layer.isInputEnded(open)) {
            in.end(null);
        }
        open.setProtocol(this);
    }

    @Override
    public ByteBuffer getBuffer(int sizeHint) {
        in.settleLater();
        return in.room();
    }

    @Override
    public ByteBuffer bufferToFill() {
        return in.room();
    }

    @Override
    public void nothingCame() {
        in.nothingCame();
    }

    @Override
    public @Nullable Chunk chunkToFill() {
        return in.chunkToFill();
    }

    @Override
    public void bufferUpdated(int byteCount) {
        in.received(byteCount);
    }

    /** Stays half-open: the peer may still read. */
    @Override
    public boolean eofReceived() {
        in.end(null);
        return true;
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        lost = true;
        if (guard != null) {
            guard.release();
        }
        broken = asIOException(exception);
        in.end(broken);
        in.buffer().settleForGood();
        signal(drainers);
        signal(closeWaiters);
    }

    private static @Nullable IOException asIOException(@Nullable Throwable exception) {
        if (exception == null || exception instanceof IOException) {
            return (IOException) exception;
        }
        return new IOException("connection lost", exception);
    }

    @Override
    public void pauseWriting() {
        writingPaused = true;
    }

    @Override
    public void resumeWriting() {
        writingPaused = false;
        signal(drainers);
    }

    private static void signal(@Nullable List<Waiter> waiters) {
        if (waiters != null) {
            waiters.forEach(Waiter::signal);
        }
    }

    // ---- serving --------------------------------------------------------------------------------------------------

    /**
     * The body of the handler's task: this object itself and one frame, because both stay as long as the connection; a type more
     * exact than Object would be a bridge, and so a frame. It makes the reader and the writer, which only the handler may know.
     */
    @Override
    public Object call() throws InterruptedException {
        StreamWriter writer = new StreamWriter(this, this);
        try {
            Objects.requireNonNull(handler).handle(new StreamReader(in, this), writer);
        } catch (InterruptedException | CancellationException cancelled) {
            throw cancelled;
        } catch (InterruptedIOException failed) {
            // A cancellation that passed through java.io is one; a timeout of somebody's socket is a failure like
            // others.
            if (failed.getCause() instanceof InterruptedException cancelled) {
                throw cancelled;
            }
            report(failed, writer);
        } catch (Throwable failed) {
            report(failed, writer);
        } finally {
            writer.close();
        }
        return true;
    }

    private void report(Throwable failed, StreamWriter writer) {
        if (!isOwnLoss(failed)) {
            engine.reporter()
                    .report(ExceptionContext.of("Unhandled exception in client_connected_cb", failed)
                            .with("transport", writer.transport())
                            .with("protocol", this));
        }
    }

    /** Whether a handler failed with what this very connection died of, or did not send in time, wrapped or not. */
    private boolean isOwnLoss(Throwable failed) {
        int depth = 0;
        for (Throwable cause = failed; cause != null && depth < CAUSES_MAX; cause = cause.getCause(), depth++) {
            if (cause == broken || cause == loss || in.hasTimedOutWith(cause)) {
                return true;
            }
        }
        return false;
    }

    // ---- the writer's side ----------------------------------------------------------------------------------------

    boolean isWritingPaused() {
        return writingPaused;
    }

    void closing() {
        closedHere = true;
    }

    /** After the writer's close: windows over the reader's memory are over too. */
    void endLending() {
        in.endLending();
    }

    void throwIfLost() throws IOException {
        if (lost) {
            throw loss();
        }
    }

    /** Why nothing can be written: what broke the connection, if anything did. */
    IOException loss() {
        if (broken != null) {
            return broken;
        }
        IOException told = loss;
        if (told == null) {
            told = closedHere ? new ClosedChannelException() : new SocketException("connection lost");
            loss = told;
        }
        return told;
    }

    /**
     * Parks while the transport is above its high-water mark.
     *
     * @throws IOException the connection is lost, and what was to be drained with it
     */
    @Parks
    void awaitWritable() throws IOException, InterruptedException {
        throwIfLost();
        if (!writingPaused) {
            return;
        }
        Waiter waiter = new Waiter("writing, which the peer has paused");
        List<Waiter> all = drainers == null ? drainers = new ArrayList<>(1) : drainers;
        all.add(waiter);
        try {
            while (writingPaused && !lost) {
                waiter.await();
            }
        } finally {
            all.remove(waiter);
        }
        if (writingPaused) {
            throwIfLost();
        }
    }

    @Parks
    void awaitLost() throws IOException, InterruptedException {
        if (!lost) {
            Waiter waiter = new Waiter("the end of its connection");
            List<Waiter> all = closeWaiters == null ? closeWaiters = new ArrayList<>(1) : closeWaiters;
            all.add(waiter);
            try {
                while (!lost) {
                    waiter.await();
                }
            } finally {
                all.remove(waiter);
            }
        }
        IOException cause = broken;
        if (cause != null) {
            throw cause;
        }
    }

    // ---- TLS ------------------------------------------------------------------------------------------------------

    /**
     * Puts TLS below these streams. What was read ahead is the beginning of the peer's handshake, and goes there: it must never
     * be read as plaintext.
     */
    @Parks
    void startTls(TlsOptions options) throws IOException, InterruptedException {
        in.begin("startTls");
        awaitWritable();
        in.begin("startTls"); // a task may have begun to read while this one drained
        if (in.ended()) {
            in.throwIfBroken();
            throw new EOFException("the peer has ended the connection before TLS was started");
        }
        Transport plain = transport();
        TlsSide side = handler == null ? TlsSide.CLIENT : TlsSide.SERVER;
        ByteBuffer unread = ByteBuffer.wrap(in.buffer().copy());
        CompletableFuture<TlsTransport> handshake = Tls.startTlsAsync(plain, this, options, side, unread);
        in.surrender(); // not before: options that are refused leave everything as it was
        Transport secured = Layer.outermost(plain);
        transport = secured;
        in.attach(secured);
        try {
            OwnedFuture.await(handshake, TlsTransport::abort);
        } catch (IOException failed) {
            loss = failed; // told here before connectionLost tells it
            throw failed;
        }
    }

    @Override
    public String toString() {
        return "StreamProtocol[" + in + (writingPaused ? ", writing paused" : "") + (lost ? ", lost" : "") + "]";
    }
}
