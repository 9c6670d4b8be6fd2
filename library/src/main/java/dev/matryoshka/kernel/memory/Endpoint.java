package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection. Guarded by the network's lock.
 *
 * <p>It follows Linux's tcp.c, as seen over the loopback device, where a segment arrives within the call that sends it:
 * <ul>
 *   <li>Receiving: bytes that arrived come first; then EOF if the peer has ended its direction; then the pending error, once;
 *       then EOF.
 *   <li>Sending: the pending error, once; then EPIPE if this direction is over. To a peer that closed in good order the first
 *       send is taken, and answered by a reset; the next one fails with EPIPE.
 *   <li>Closing with unread input, or with SO_LINGER 0, resets the peer: ECONNRESET there, or EPIPE where the peer has
 *       received our FIN before (tcp_reset). What the peer had not received yet is lost.
 * </ul>
 * A Unix socket differs, see unix(7) and af_unix.c: a send to a closed peer fails at once, with EPIPE whatever is pending; a
 * reset loses nothing, because all bytes lie at the receiver; and it is told before the end of the stream, even to who had
 * ended both directions.
 */
final class Endpoint {
    private final SocketAddress remote;
    private final boolean unix;
    private final Pipe in;
    private final Pipe out;

    /** The windows are options of the socket, and may change. */
    final OptionValues options;

    final Signal signal;
    final SocketAddress local;

    @SuppressWarnings("NullAway.Init") // set by connect(), which makes both ends
    private Endpoint peer;

    /** SO_ERROR. */
    private @Nullable NetworkError pending;

    /** Its socket is closed. */
    private boolean closed;

    private boolean inputShut;

    /** A send found too little room: the next room is news (SOCK_NOSPACE). Otherwise nobody waits for it. */
    private boolean wantsRoom;

    private Endpoint(
            Signal signal,
            OptionValues options,
            SocketAddress local,
            SocketAddress remote,
            Pipe in,
            Pipe out,
            boolean unix) {
        this.signal = signal;
        this.options = options;
        this.local = local;
        this.remote = remote;
        this.in = in;
        this.out = out;
        this.unix = unix;
    }

    /**
     * Makes a connection.
     *
     * @return the end of the client; {@link #peer()} is the other
     */
    static Endpoint connect(
            Signal signal,
            OptionValues clientOptions,
            OptionValues serverOptions,
            SocketAddress client,
            SocketAddress server,
            boolean unix) {
        Pipe there = new Pipe();
        Pipe back = new Pipe();
        Endpoint near = new Endpoint(signal, clientOptions, client, server, back, there, unix);
        Endpoint far = new Endpoint(new Signal(), serverOptions, server, client, there, back, unix);
        near.peer = far;
        far.peer = near;
        return near;
    }

    Endpoint peer() {
        return peer;
    }

    SocketAddress remote() {
        return remote;
    }

    /** All that can be said of it now: what a poller reports when the registration begins. */
    int readiness() {
        boolean readable = in.size() > 0 || !in.isOpen() || inputShut || pending != null;
        boolean hangup = !in.isOpen() || inputShut;
        return (readable ? READABLE : 0)
                | (isWritable() ? WRITABLE : 0)
                | (hangup ? HANGUP : 0)
                | (pending != null ? ERROR : 0);
    }

    private boolean isWritable() {
        return pending != null || !out.isOpen() || peer.closed || room() > 0;
    }

    /** What fits: as on a real path, the send window here and the receive window there, one behind the other. */
    private int room() {
        return capacity() - out.size();
    }

    private int capacity() {
        return (int) Math.min((long) options.sendBytes() + peer.options.receiveBytes(), OptionValues.WINDOW_BYTES_MAX);
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    /** @return the count, EOF or WOULD_BLOCK; {@code target}'s position stays */
    int receive(ByteBuffer target, int index, int length) throws IOException {
        if (in.size() > 0) {
            int count = in.read(target, index, length);
            peer.roomAppeared();
            return count;
        }
        if (in.state() == PipeState.ENDED && !(unix && pending != null)) {
            return NonBlockingSocket.EOF;
        }
        if (pending != null) {
            throw takePending("receive from", pending);
        }
        return !in.isOpen() || inputShut ? NonBlockingSocket.EOF : NonBlockingSocket.WOULD_BLOCK;
    }

    /** The options of this socket's windows have changed, which may make room in both directions. */
    void windowsChanged() {
        roomAppeared();
        peer.roomAppeared();
    }

    /** Room may have come; tells it if somebody waits for it. */
    private void roomAppeared() {
        if (wantsRoom && isWritable()) {
            wantsRoom = false;
            signal.raise(WRITABLE);
        }
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    /** Throws what stands in the way of a send, before any byte of it is looked at. */
    void checkSend() throws IOException {
        if (pending != null && !unix) {
            throw takePending("send to", pending);
        }
        if (!out.isOpen() || (unix && (peer.closed || peer.inputShut))) {
            throw NetworkError.EPIPE.failure("send to", remote);
        }
    }

    /** Adds bytes after {@link #checkSend}; the peer hears of them in {@link #sent}. */
    int push(ByteBuffer source, int index, int length) {
        return peer.closed ? length : out.write(source, index, length, capacity());
    }

    /** Ends a send that moved {@code moved} of {@code wanted} bytes. */
    void sent(long wanted, long moved) {
        if (moved < wanted) {
            wantsRoom = true;
        }
        if (moved > 0 && peer.closed) {
            // RFC 9293, 3.10.7.1: a segment for a connection that is no more is answered by a reset
            reset();
        } else if (moved > 0) {
            peer.signal.raise(READABLE);
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    /** Half-close; nothing when this direction is over already. */
    void endOutput() {
        if (out.isOpen()) {
            out.end();
            peer.signal.raise(READABLE | HANGUP);
            signal.raise(WRITABLE);
        }
    }

    /** What is there can be read, then EOF. On TCP the peer does not notice; on a Unix socket its sends fail. */
    void endInput() {
        if (!inputShut) {
            inputShut = true;
            signal.raise(READABLE | HANGUP);
            if (unix) {
                peer.signal.raise(WRITABLE);
            }
        }
    }

    /**
     * The socket is closed.
     *
     * @param abort by a reset (SO_LINGER 0), and not in good order
     */
    void close(boolean abort) {
        boolean over = !in.isOpen() && !out.isOpen();
        if (in.size() > 0 && (unix || !over) || abort && !unix && !over) {
            drop();
        } else {
            closed = true;
            endOutput();
        }
    }

    /** Closed by a reset, on a Unix socket too: as a connection that nobody has accepted ends with its listener. */
    void drop() {
        closed = true;
        peer.reset();
        if (out.isOpen()) {
            out.end();
        }
    }

    /** A reset has come from the peer. */
    private void reset() {
        if (closed || (!unix && !in.isOpen() && !out.isOpen())) {
            return;
        }
        // tcp_reset(): EPIPE in CLOSE_WAIT, which is "the FIN was received, and ours was not sent"
        pending = in.state() == PipeState.ENDED && out.isOpen() && !unix ? NetworkError.EPIPE : NetworkError.ECONNRESET;
        if (in.isOpen()) {
            in.reset(unix ? in.size() : options.receiveBytes());
        }
        if (out.isOpen()) {
            out.reset(0);
        }
        signal.raise(READABLE | WRITABLE | HANGUP | ERROR);
    }

    /** SO_ERROR: null for none; asking clears it. */
    @Nullable
    IOException takeError() {
        return pending == null ? null : takePending("connection to", pending);
    }

    private IOException takePending(String doing, NetworkError error) {
        pending = null;
        return error.failure(doing, remote);
    }

    @Override
    public String toString() {
        return local + " -> " + remote + ", in=" + in + ", out=" + out + (pending == null ? "" : ", " + pending);
    }
}
