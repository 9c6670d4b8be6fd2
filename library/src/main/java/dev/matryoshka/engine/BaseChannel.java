package dev.matryoshka.engine;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.Watchable;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a loop watches: what is known about its readiness, and who acts on it. Loop thread only.
 *
 * <p>Readiness is remembered, not asked: an event sets a bit; a WOULD_BLOCK or a short move clears it. So a receive that
 * drained a socket is followed by no second receive just to hear EAGAIN, and a registration is never changed per
 * message. What a short move is differs: the subclasses, which are the only way to the bytes or datagrams, know.
 *
 * <p>Who owns the channel also knows the socket behind it, by its own type; a channel gives none away.
 */
public abstract sealed class BaseChannel permits Channel, DatagramChannel, WatchChannel {
    final Channels channels;
    private final Watchable watched;
    private final ChannelListener listener;
    private final @Nullable ScopedBindings bindings = ScopedBindings.capture();

    /** Slot and generation in the channel table; a stale event carries an older generation. */
    final long token;

    /** Bits of Readiness. A fresh socket counts as writable: trying costs nothing extra, asking first would. */
    int readiness = WRITABLE;

    /** Directions that the listener will act on. */
    private int interest;

    /** Bytes received since it was last dispatched; of datagrams nothing is counted. An overflow is the tasks' and never read. */
    int receivedBytes;

    /** Whether it already stands in the engine's list of channels to dispatch. */
    boolean queued;

    private boolean closed;

    BaseChannel(Channels channels, Watchable watched, ChannelListener listener, long token) {
        this.channels = channels;
        this.watched = watched;
        this.listener = listener;
        this.token = token;
    }

    final Watchable watched() {
        return watched;
    }

    final ChannelListener listener() {
        return listener;
    }

    public final boolean isClosed() {
        return closed;
    }

    public final boolean isReadable() {
        return (readiness & READABLE) != 0;
    }

    public final boolean isWritable() {
        return (readiness & WRITABLE) != 0;
    }

    /** Whether an error was reported of it, once; taking that away leaves it. */
    public final boolean isBroken() {
        return (readiness & ERROR) != 0;
    }

    /** Turns interest in receiving on or off. What is already readable is dispatched in the next pass. */
    public final void wantRead(boolean on) {
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

    /** The accept queue, or whatever else {@code try} answered "would block" for, is empty. */
    public final void noteDrained() {
        readiness &= ~READABLE;
    }

    final void note(int bits) {
        readiness |= bits;
    }

    /** With the scoped values of whoever made the channel, if there were any. */
    final void dispatch() {
        if (bindings == null) {
            deliver();
        } else {
            bindings.run(this::deliver);
        }
    }

    /** Hands the readiness to the listener: reading first, then writing, as asyncio does. */
    private void deliver() {
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

    final void loopClosing() {
        if (!closed) {
            listener.onLoopClosing();
        }
    }

    /** Stops watching now; the descriptor is closed at the end of the pass, so its number cannot come back within it. */
    public final void close() {
        if (!closed) {
            closed = true;
            interest = 0;
            channels.release(this);
        }
    }

    /** Stops watching; what was watched stays open, and is the caller's. */
    public final void detach() {
        if (!closed) {
            closed = true;
            interest = 0;
            channels.forget(this);
        }
    }

    @Override
    public final String toString() {
        return "Channel[" + watched + ", readiness=" + readiness + ", interest=" + interest + (closed ? ", closed" : "")
                + "]";
    }
}
