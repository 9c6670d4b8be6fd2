package dev.matryoshka.socket;

import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.DatagramChannel;
import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.Leftovers;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.loop.BusyException;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket and who waits at it: the events wake, the calls look again. Loop thread only. It has no states but open, closed
 * and handed over: bound or connected, a datagram socket does the same.
 *
 * <p>Interest as in {@link SocketCore}: READABLE stays on until an event finds nobody waiting.
 */
final class DatagramCore implements ChannelListener, Described {
    final LoopEngine engine;
    final NonBlockingDatagramSocket socket;
    final Direction receiving;
    final Direction sending;
    private final DatagramChannel channel;
    private final long openedNanos;
    private final @Nullable Origin origin;
    private boolean closed;
    private boolean detached;

    /** Over the face that the user holds. */
    private Leftovers.@Nullable Guard guard;

    /** @throws IOException the socket cannot be watched, and is closed */
    DatagramCore(LoopEngine engine, NonBlockingDatagramSocket socket) throws IOException {
        this.engine = engine;
        this.socket = socket;
        this.receiving = new Direction(engine, "receiving");
        this.sending = new Direction(engine, "sending");
        this.openedNanos = engine.time();
        this.origin = engine.reporter().origin("made here");
        try {
            this.channel = DatagramChannel.watch(engine, socket, this);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    /** Watches the face of this socket; from here it must not be reachable. */
    void guard(Object face) {
        guard = Leftovers.guard(face, engine, new SocketRemains(() -> !isOpen(), this::close, socket, origin));
    }

    // ---- checks ---------------------------------------------------------------------------------------------------

    /** The first line of every parking call: a task of this loop, an open socket, a direction that is free. */
    void enter(Direction direction, String method) throws IOException {
        direction.requireTask(method);
        requireOpen(method);
        direction.requireFree(method);
    }

    void requireOpen(String method) throws ClosedChannelException {
        if (detached) {
            throw new IllegalStateException(method + ": this socket was handed over to a transport");
        }
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    // ---- waiting --------------------------------------------------------------------------------------------------

    /** Parks until something may have come; the caller looks again. */
    void awaitReadable() throws IOException, InterruptedException {
        channel.wantRead(true);
        receiving.await();
        requireStillOpen();
    }

    void awaitWritable() throws IOException, InterruptedException {
        channel.wantWrite(true);
        try {
            sending.await();
        } finally {
            channel.wantWrite(false); // for one who was cancelled; else the event has done it
        }
        requireStillOpen();
    }

    /** The channel, after others had their turn if this pass has given its share to a direction. */
    DatagramChannel takeTurn(Direction direction) throws IOException, InterruptedException {
        if (!direction.hasShare()) {
            direction.pause();
            requireStillOpen();
        }
        return channel;
    }

    private void requireStillOpen() throws AsynchronousCloseException {
        if (!isOpen()) {
            throw new AsynchronousCloseException();
        }
    }

    // ---- events ---------------------------------------------------------------------------------------------------

    @Override
    public boolean onReadable() {
        if (receiving.isAwaited()) {
            receiving.signal();
        } else {
            channel.wantRead(false);
        }
        return false;
    }

    @Override
    public void onWritable() {
        channel.wantWrite(false);
        sending.signal();
    }

    @Override
    public void onHangup() {
        // Nobody waits. The kernel remembers the error, and whoever receives or sends next is told.
    }

    @Override
    public void onLoopClosing() {
        close();
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    boolean isOpen() {
        return !closed && !detached;
    }

    void close() {
        if (isOpen()) {
            closed = true;
            channel.close();
            end();
        }
    }

    /** Gives the kernel's socket away, open and unwatched. */
    NonBlockingDatagramSocket detach() throws IOException {
        engine.checkUsable();
        requireOpen("detach");
        if (receiving.isOccupied() || sending.isOccupied()) {
            throw new BusyException("detach: a task is receiving or sending on this socket");
        }
        detached = true;
        channel.detach();
        end();
        return socket;
    }

    private void end() {
        if (guard != null) {
            guard.release();
        }
        receiving.signal();
        sending.signal();
        receiving.forget();
        sending.forget();
    }

    @Override
    public @Nullable Origin origin() {
        return origin;
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "datagram socket",
                isOpen() ? "open" : "closed",
                socket.localAddress(),
                socket.remoteAddress(),
                ConnectionSnapshot.Traffic.NONE,
                Duration.ofNanos(engine.time() - openedNanos),
                receiving.isOccupied() ? "a task is receiving" : "",
                Origin.text(origin)));
    }
}
