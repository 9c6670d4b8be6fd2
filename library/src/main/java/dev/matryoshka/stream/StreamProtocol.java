package dev.matryoshka.stream;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.task.Parks;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Between a transport and the tasks that read and write it (asyncio's StreamReaderProtocol and FlowControlMixin). It receives
 * into the reader's own memory. Loop thread only.
 */
final class StreamProtocol implements BufferedProtocol {
    private final LoopEngine engine;
    private final Inbound in;
    private final StreamReader reader;

    /** Serves the connection; null on the client's side. */
    private final @Nullable StreamHandler handler;

    /** Set when the connection is made. */
    private @Nullable StreamWriter writer;

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

    private final List<Waiter> drainers = new ArrayList<>(1);
    private final List<Waiter> closeWaiters = new ArrayList<>(1);

    StreamProtocol(LoopEngine engine, StreamOptions options, @Nullable StreamHandler handler) {
        this.engine = engine;
        this.in = new Inbound(engine, options.limitBytes());
        this.reader = new StreamReader(in);
        this.handler = handler;
    }

    LoopEngine engine() {
        return engine;
    }

    StreamConnection connection() {
        return new StreamConnection(reader, Objects.requireNonNull(writer, "connectionMade"));
    }

    /** For tests: what arrived. */
    Inbound inbound() {
        return in;
    }

    // ---- callbacks of the transport -------------------------------------------------------------------------------

    @Override
    public void connectionMade(Transport transport) {
        StreamWriter made = new StreamWriter(this, transport);
        writer = made;
        in.attach(transport);
        StreamHandler server = handler;
        if (server != null) {
            serveInTask(server, made);
        }
    }

    private void serveInTask(StreamHandler server, StreamWriter made) {
        try {
            Task.create(engine.face(), null, () -> {
                serve(server, made);
                return true;
            });
        } catch (RuntimeException noTask) {
            made.transport().abort();
            throw noTask;
        }
    }

    @Override
    public ByteBuffer getBuffer(int sizeHint) {
        return in.room();
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
        broken = asIOException(exception);
        in.end(broken);
        in.buffer().settleForGood();
        drainers.forEach(Waiter::signal);
        closeWaiters.forEach(Waiter::signal);
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
        drainers.forEach(Waiter::signal);
    }

    // ---- serving --------------------------------------------------------------------------------------------------

    private void serve(StreamHandler server, StreamWriter made) throws InterruptedException {
        try {
            server.handle(reader, made);
        } catch (InterruptedException | CancellationException cancelled) {
            throw cancelled;
        } catch (Throwable failed) {
            if (!isOwnLoss(failed)) {
                engine.reporter()
                        .report(ExceptionContext.of("Unhandled exception in client_connected_cb", failed)
                                .with("transport", made.transport())
                                .with("protocol", this));
            }
        } finally {
            made.close();
        }
    }

    /** Whether a handler failed with what this very connection died of, wrapped or not. */
    private boolean isOwnLoss(Throwable failed) {
        int depth = 0;
        for (Throwable cause = failed; cause != null && depth < CAUSES_MAX; cause = cause.getCause(), depth++) {
            if (cause == broken || cause == loss) {
                return true;
            }
        }
        return false;
    }

    /** Causes may form a circle. */
    private static final int CAUSES_MAX = 32;

    // ---- the writer's side ----------------------------------------------------------------------------------------

    boolean isWritingPaused() {
        return writingPaused;
    }

    void closing() {
        closedHere = true;
    }

    /** After the writer's close: windows over the reader's memory are over too. */
    void endLending() {
        in.buffer().endLending();
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
        Waiter waiter = new Waiter();
        drainers.add(waiter);
        try {
            while (writingPaused && !lost) {
                waiter.await();
            }
        } finally {
            drainers.remove(waiter);
        }
        if (writingPaused) {
            throwIfLost();
        }
    }

    @Parks
    void awaitLost() throws IOException, InterruptedException {
        if (!lost) {
            Waiter waiter = new Waiter();
            closeWaiters.add(waiter);
            try {
                while (!lost) {
                    waiter.await();
                }
            } finally {
                closeWaiters.remove(waiter);
            }
        }
        IOException cause = broken;
        if (cause != null) {
            throw cause;
        }
    }

    @Override
    public String toString() {
        return "StreamProtocol[" + reader + (writingPaused ? ", writing paused" : "") + (lost ? ", lost" : "") + "]";
    }
}
