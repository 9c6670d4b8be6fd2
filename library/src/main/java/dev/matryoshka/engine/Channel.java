package dev.matryoshka.engine;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One socket that a loop watches: what is known about its readiness, who acts on it, and the only way to its bytes. Loop
 * thread only.
 *
 * <p>Readiness is remembered, not asked: an event sets a bit; a WOULD_BLOCK or a short move clears it. So a receive that
 * drained the socket is followed by no second receive just to hear EAGAIN, and a registration is never changed per
 * message. After a hang-up or an error short no longer means drained (the FIN gave its event already), and the bit stays
 * until EOF.
 */
public final class Channel {
    private final Channels channels;
    private final NonBlockingSocket socket;
    private final ChannelListener listener;

    /** Slot and generation in the channel table; a stale event carries an older generation. */
    final long token;

    /** Bits of Readiness. A fresh socket counts as writable: trying costs nothing extra, asking first would. */
    private int readiness = WRITABLE;

    /** Directions that the listener will act on. */
    private int interest;

    /** Whether it already stands in the engine's list of channels to dispatch. */
    boolean queued;

    private boolean closed;

    Channel(Channels channels, NonBlockingSocket socket, ChannelListener listener, long token) {
        this.channels = channels;
        this.socket = socket;
        this.listener = listener;
        this.token = token;
    }

    public NonBlockingSocket socket() {
        return socket;
    }

    public boolean isClosed() {
        return closed;
    }

    public boolean isReadable() {
        return (readiness & READABLE) != 0;
    }

    public boolean isWritable() {
        return (readiness & WRITABLE) != 0;
    }

    /** Turns interest in receiving on or off. What is already readable is dispatched in the next pass. */
    public void wantRead(boolean on) {
        setInterest(on ? interest | READABLE : interest & ~READABLE);
        if (on && isReadable()) {
            channels.dispatchSoon(this);
        }
    }

    /** Turns interest in sending on or off. While the window is open already, it is dispatched in the next pass. */
    public void wantWrite(boolean on) {
        setInterest(on ? interest | WRITABLE : interest & ~WRITABLE);
        if (on && isWritable()) {
            channels.dispatchSoon(this);
        }
    }

    private void setInterest(int wanted) {
        if (wanted != interest && !closed) {
            interest = wanted;
            channels.changeInterest(this, wanted);
        }
    }

    /** As {@link NonBlockingSocket#tryRecv(Chunk, int, int)}, keeping the readiness up to date. */
    public int recv(Chunk target, int offset, int length) throws IOException {
        int count = socket.tryRecv(target, offset, length);
        if (count < length) {
            noteShortRead(count);
        }
        return count;
    }

    /** As {@link NonBlockingSocket#tryRecv(ByteBuffer)}, keeping the readiness up to date. */
    public int recv(ByteBuffer target) throws IOException {
        int room = target.remaining();
        int count = socket.tryRecv(target);
        if (count < room) {
            noteShortRead(count);
        }
        return count;
    }

    private void noteShortRead(int count) {
        boolean drained = count == NonBlockingSocket.WOULD_BLOCK
                || (count != NonBlockingSocket.EOF && (readiness & (HANGUP | ERROR)) == 0);
        if (drained) {
            readiness &= ~READABLE;
        }
    }

    /** The accept queue, or whatever else {@code try} answered "would block" for, is empty. */
    public void noteDrained() {
        readiness &= ~READABLE;
    }

    /** As {@link NonBlockingSocket#trySend(Chunk, int, int)}, keeping the readiness up to date; 0 for would-block. */
    public int send(Chunk source, int offset, int length) throws IOException {
        return (int) noteSent(socket.trySend(source, offset, length), length);
    }

    /** As {@link NonBlockingSocket#trySend(ByteBuffer)}, keeping the readiness up to date; 0 for would-block. */
    public int send(ByteBuffer source) throws IOException {
        int length = source.remaining();
        return (int) noteSent(socket.trySend(source), length);
    }

    /** As {@link NonBlockingSocket#trySend(ByteBuffer[], int, int)}; 0 for would-block. */
    public long send(ByteBuffer[] sources, int offset, int count) throws IOException {
        long length = 0;
        int taken = Math.min(count, NonBlockingSocket.GATHER_MAX);
        for (int i = 0; i < taken; i++) {
            length += sources[offset + i].remaining();
        }
        return noteSent(socket.trySend(sources, offset, taken), length);
    }

    private long noteSent(long count, long wanted) {
        if (count < wanted) {
            readiness &= ~WRITABLE;
        }
        return count == NonBlockingSocket.WOULD_BLOCK ? 0 : count;
    }

    /** A connect is on the way: nothing can be sent before its event. */
    public void noteConnecting() {
        readiness &= ~WRITABLE;
        wantWrite(true);
    }

    void note(int bits) {
        readiness |= bits;
    }

    /** Hands the readiness to the listener: reading first, then writing, as asyncio does. */
    void dispatch() {
        if (!closed && (readiness & interest & READABLE) != 0 && listener.onReadable()) {
            channels.dispatchSoon(this);
        }
        if (!closed && (readiness & interest & WRITABLE) != 0) {
            listener.onWritable();
        }
        if (!closed && interest == 0 && (readiness & (HANGUP | ERROR)) != 0) {
            listener.onHangup();
        }
    }

    void loopClosing() {
        if (!closed) {
            listener.onLoopClosing();
        }
    }

    /** Stops watching now; the descriptor is closed at the end of the pass, so its number cannot come back within it. */
    public void close() {
        if (!closed) {
            closed = true;
            interest = 0;
            channels.release(this);
        }
    }

    /** Stops watching and hands the socket, still open, to the caller. */
    public NonBlockingSocket detach() {
        if (!closed) {
            closed = true;
            interest = 0;
            channels.forget(this);
        }
        return socket;
    }

    @Override
    public String toString() {
        return "Channel[" + socket + ", readiness=" + readiness + ", interest=" + interest + (closed ? ", closed" : "")
                + "]";
    }
}
