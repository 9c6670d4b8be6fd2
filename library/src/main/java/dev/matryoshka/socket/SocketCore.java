package dev.matryoshka.socket;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Handover;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.Leftovers;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.BusyException;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a socket is by now, and who is told of its events. Loop thread only.
 *
 * <p>Interest: READABLE goes on with the registration and stays on. An event that finds nobody waiting takes it off, the next
 * wait puts it on again; on edge-triggered kernels both are free, on level-triggered ones that is the only way not to spin.
 * WRITABLE is on only while somebody waits for it.
 */
final class SocketCore implements ChannelListener, Described {
    final LoopEngine engine;
    final StandardProtocolFamily family;
    final NonBlockingSocket socket;
    final Direction receiving;
    final Direction sending;

    private SocketState state;

    /** From listen, connect or accept on; it stays after the end, for {@link Channel#isClosed}. */
    private @Nullable Channel channel;

    /** Why the connect failed. */
    private @Nullable IOException connectFailure;

    private boolean outputShut;

    private final long openedNanos;

    /** Over the face that the user holds. */
    private Leftovers.@Nullable Guard guard;

    /** In debug mode where it was made. */
    final @Nullable Origin origin;

    SocketCore(LoopEngine engine, StandardProtocolFamily family, NonBlockingSocket socket) {
        this.engine = engine;
        this.family = family;
        this.socket = socket;
        this.state = SocketState.OPEN;
        this.openedNanos = engine.time();
        this.origin = engine.reporter().origin("made here");
        this.receiving = new Direction(engine, "receiving");
        this.sending = new Direction(engine, "sending");
    }

    /** Watches the face of this socket; from here it must not be reachable. */
    void guard(Object face) {
        guard = Leftovers.guard(face, engine, new SocketRemains(() -> state.isOver(), this::close, socket, origin));
    }

    SocketState state() {
        return state;
    }

    // ---- becoming something ---------------------------------------------------------------------------------------

    void listening() throws IOException {
        watch().wantRead(true);
        state = state.to(SocketState.LISTENING);
    }

    /** A connect is on the way; its end will be told as WRITABLE. */
    void connecting() throws IOException {
        watch();
        state = state.to(SocketState.CONNECTING);
    }

    /** The connection stands: accepted, or connected at once or by now. */
    void connected() throws IOException {
        Channel live = channel != null ? channel : watch();
        live.wantRead(true);
        state = state.to(SocketState.CONNECTED);
    }

    void broken(IOException failure) {
        connectFailure = failure;
        state = state.to(SocketState.BROKEN);
    }

    private Channel watch() throws IOException {
        Channel watched = engine.watch(socket, this);
        channel = watched;
        return watched;
    }

    // ---- checks ---------------------------------------------------------------------------------------------------

    /** The first line of every parking call: a task of this loop, an open socket, a direction that is free. */
    void enter(Direction direction, String method) throws IOException {
        direction.requireTask(method);
        requireOpen(method);
        direction.requireFree(method);
    }

    void requireOpen(String method) throws ClosedChannelException {
        if (state == SocketState.CLOSED) {
            throw new ClosedChannelException();
        }
        if (state == SocketState.DETACHED) {
            throw new IllegalStateException(method + ": this socket was " + state.words);
        }
    }

    void require(SocketState wanted, String method) throws IOException {
        if (state != wanted) {
            throw unfit(wanted, method);
        }
    }

    private IllegalStateException unfit(SocketState wanted, String method) throws IOException {
        requireOpen(method);
        if (state == SocketState.BROKEN) {
            SocketException broken = new SocketException(method + ": the connect of this socket has failed");
            broken.initCause(connectFailure);
            throw broken;
        }
        return new IllegalStateException(
                method + " needs a " + wanted.words + " socket, and this one is " + state.words);
    }

    /** The channel of a socket that is connected, or that listens. */
    Channel channel(SocketState wanted, String method) throws IOException {
        Channel live = channel;
        if (state != wanted || live == null) {
            throw unfit(wanted, method);
        }
        return live;
    }

    // ---- waiting --------------------------------------------------------------------------------------------------

    void awaitReadable(Channel live) throws IOException, InterruptedException {
        live.wantRead(true);
        await(receiving);
    }

    void awaitWritable(Channel live) throws IOException, InterruptedException {
        live.wantWrite(true);
        try {
            await(sending);
        } finally {
            live.wantWrite(false); // for one who was cancelled; else the event has done it
        }
    }

    /** @throws AsynchronousCloseException closed meanwhile: by a task, a callback, or the end of the loop */
    void await(Direction direction) throws IOException, InterruptedException {
        direction.await();
        requireStillOpen();
    }

    /** Lets others go first when this pass has given its share to a direction. */
    void takeTurn(Direction direction) throws IOException, InterruptedException {
        if (!direction.hasShare()) {
            direction.pause();
            requireStillOpen();
        }
    }

    private void requireStillOpen() throws AsynchronousCloseException {
        if (state == SocketState.CLOSED) {
            throw new AsynchronousCloseException();
        }
    }

    // ---- events ---------------------------------------------------------------------------------------------------

    @Override
    public boolean onReadable() {
        if (receiving.isAwaited()) {
            receiving.signal();
        } else if (channel != null) {
            channel.wantRead(false);
        }
        return false;
    }

    @Override
    public void onWritable() {
        if (channel != null) {
            channel.wantWrite(false);
        }
        sending.signal();
    }

    @Override
    public void onHangup() {
        // Nobody waits. The channel remembers it, and whoever receives or sends next is told.
    }

    @Override
    public void onLoopClosing() {
        close();
    }

    @Override
    public String toString() {
        return "AsyncSocket[" + family + ", " + state.words + ", " + socket.localAddress() + "]";
    }

    @Override
    public @Nullable Origin origin() {
        return origin;
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "socket",
                state.words,
                socket.localAddress(),
                state == SocketState.CONNECTED ? socket.remoteAddress() : null,
                ConnectionSnapshot.Traffic.NONE,
                Duration.ofNanos(engine.time() - openedNanos),
                users(),
                Origin.text(origin)));
    }

    private String users() {
        String reading = receiving.isOccupied() ? "a task is receiving" : "";
        String writing = sending.isOccupied() ? "a task is sending" : "";
        return reading + (reading.isEmpty() || writing.isEmpty() ? "" : ", ") + writing;
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    boolean isOutputShut() {
        return outputShut;
    }

    /** Half-close; a task that is sending is woken, and finds out. */
    void shutOutput() throws IOException {
        if (!outputShut) {
            socket.shutdownOutput();
            outputShut = true;
            sending.signal();
        }
    }

    void close() {
        if (state.isOver()) {
            return;
        }
        state = state.to(SocketState.CLOSED);
        if (channel != null) {
            channel.close();
        } else {
            socket.close();
        }
        end();
    }

    /** For {@link dev.matryoshka.engine.Handover}: shows it, and keeps it. */
    Handover.Inside look() throws IOException {
        requireOpen("detach");
        return new Handover.Inside(engine.face(), socket);
    }

    /** Gives the kernel's socket away, open and unwatched. */
    NonBlockingSocket detach() throws IOException {
        engine.checkUsable();
        requireOpen("detach");
        if (!state.allows(SocketState.DETACHED)) {
            throw new IllegalStateException("a socket that is " + state.words + " cannot be handed over");
        }
        if (receiving.isOccupied() || sending.isOccupied()) {
            throw new BusyException("detach: a task is receiving or sending on this socket");
        }
        state = state.to(SocketState.DETACHED);
        if (channel != null) {
            channel.detach();
        }
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
}
