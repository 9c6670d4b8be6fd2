package dev.matryoshka.engine;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A channel for datagrams, and the only way to them. Loop thread only.
 *
 * <p>A short datagram says nothing about the next, so only WOULD_BLOCK means drained, or full; and an error belongs to one datagram,
 * so it changes nothing. Where events do not tell of room, a timer does, while somebody waits for it.
 */
public final class DatagramChannel extends BaseChannel {
    private final LoopEngine engine;
    private final NonBlockingDatagramSocket socket;

    /** Null until it is needed, which for most sockets is never. */
    private @Nullable RoomTimer room;

    DatagramChannel(LoopEngine engine, NonBlockingDatagramSocket socket, ChannelListener listener, long token) {
        super(engine.channels(), socket, listener, token);
        this.engine = engine;
        this.socket = socket;
    }

    /** Starts to watch a datagram socket, as {@link LoopEngine#watch} does others. Nothing is dispatched before it is wanted. */
    public static DatagramChannel watch(LoopEngine engine, NonBlockingDatagramSocket socket, ChannelListener listener)
            throws IOException {
        engine.checkUsable();
        return engine.channels().watch(engine, socket, listener);
    }

    /** As {@link NonBlockingDatagramSocket#tryRecvFrom(Chunk, int, int)}, keeping the readiness up to date. */
    public int recvFrom(Chunk target, int offset, int length) throws IOException {
        return noteReceived(socket.tryRecvFrom(target, offset, length));
    }

    /** As {@link NonBlockingDatagramSocket#tryRecvFrom(ByteBuffer)}, keeping the readiness up to date. */
    public int recvFrom(ByteBuffer target) throws IOException {
        return noteReceived(socket.tryRecvFrom(target));
    }

    private int noteReceived(int count) {
        if (count == WOULD_BLOCK) {
            readiness &= ~READABLE;
        }
        return count;
    }

    /**
     * As {@link NonBlockingDatagramSocket#trySendTo}, keeping the readiness up to date.
     *
     * @return whether it was sent
     */
    public boolean sendTo(ByteBuffer source, @Nullable SocketAddress remote) throws IOException {
        return noteSent(socket.trySendTo(source, remote));
    }

    /** As {@link #sendTo(ByteBuffer, SocketAddress)} from a chunk. */
    public boolean sendTo(Chunk source, int offset, int length, @Nullable SocketAddress remote) throws IOException {
        return noteSent(socket.trySendTo(source, offset, length, remote));
    }

    private boolean noteSent(int count) {
        if (count == WOULD_BLOCK) {
            readiness &= ~WRITABLE;
            return false;
        }
        if (room != null) {
            room.foundRoom();
        }
        return true;
    }

    @Override
    public void wantWrite(boolean on) {
        boolean byTimer = on && !isWritable() && !socket.tellsOfRoom();
        super.wantWrite(on && !byTimer);
        if (byTimer) {
            roomTimer().start();
        } else if (room != null) {
            room.stop();
        }
    }

    private RoomTimer roomTimer() {
        RoomTimer present = room;
        if (present == null) {
            present = new RoomTimer(engine, this::roomMayBe);
            room = present;
        }
        return present;
    }

    /** As if the poller had found it; what it has found meanwhile nobody was interested in. */
    private void roomMayBe() {
        note(WRITABLE);
        super.wantWrite(true);
    }
}
