package dev.matryoshka.layer;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.ForwardingTransport;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A transport that knows the real addresses, and may still have to deliver what came behind the header. Loop thread only.
 *
 * <p>Those bytes have been received, so pausing the transport below does not hold them back. If the user pauses they wait here,
 * with the transport below paused too, so nothing overtakes them; resuming delivers them first, in the next pass. Otherwise
 * every call goes below.
 */
final class ProxiedConnection extends ForwardingTransport implements ProxiedTransport {
    private @Nullable ProxyHeader header;

    /** What came behind the header, while it is being delivered, or waits for that. */
    private @Nullable ByteBuffer pending;

    private boolean delivering;

    /** The user wants to be called. */
    private boolean wanted = true;

    /** The peer's end came while bytes were pending or the user had paused, and is told after that. */
    private boolean eofPending;

    ProxiedConnection(Transport lower) {
        super(lower);
    }

    void setHeader(@Nullable ProxyHeader received) {
        header = received;
    }

    // ---- what is pending ------------------------------------------------------------------------------------------

    /**
     * Delivers what is left of what brought the header, as if it had come by itself. Throws what the user throws.
     *
     * @param rest lent for the duration of this call
     */
    void deliver(ByteBuffer rest) {
        if (!rest.hasRemaining() || isClosing()) {
            return;
        }
        pending = rest;
        hand(rest);
        if (rest.hasRemaining() && !isClosing()) {
            pending = ByteBuffer.allocate(rest.remaining()).put(rest).flip();
            lower().pauseReading();
        } else {
            nothingPending();
        }
    }

    /** As a callback of its own: what the user throws ends the connection here, as it would below. */
    private void deliverPending() {
        ByteBuffer rest = pending;
        if (delivering || !wanted || isClosing()) {
            return;
        }
        try {
            if (rest != null) {
                hand(rest);
                if (rest.hasRemaining()) {
                    return;
                }
                nothingPending();
            }
            if (eofPending && wanted && !isClosing()) {
                eofPending = false;
                if (!tellEof()) {
                    close();
                }
            }
        } catch (Throwable escaped) {
            ProxyAcceptor.report(this, "Fatal error: a receiving callback failed.", escaped);
            abort();
        }
    }

    private void nothingPending() {
        pending = null;
        if (wanted) {
            lower().resumeReading();
        }
    }

    /** Stops where the user pauses or ends the connection. */
    private void hand(ByteBuffer rest) {
        delivering = true;
        try {
            while (rest.hasRemaining() && wanted && !isClosing()) {
                if (protocol() instanceof BufferedProtocol buffered) {
                    fill(buffered, rest);
                } else if (protocol() instanceof Protocol plain) {
                    ByteBuffer all = rest.slice().asReadOnlyBuffer();
                    rest.position(rest.limit());
                    plain.dataReceived(all);
                }
            }
        } finally {
            delivering = false;
        }
    }

    private void fill(BufferedProtocol buffered, ByteBuffer rest) {
        ByteBuffer target = buffered.getBuffer(rest.remaining());
        if (!target.hasRemaining()) {
            throw new IllegalStateException("getBuffer() returned an empty buffer");
        }
        if (!wanted || isClosing()) {
            return; // getBuffer has paused or ended it
        }
        int count = Math.min(target.remaining(), rest.remaining());
        target.put(rest.slice(rest.position(), count));
        rest.position(rest.position() + count);
        buffered.bufferUpdated(count);
    }

    /** The peer's end has come, and is told by {@link #passEof} when the user has been made. */
    void expectEof() {
        eofPending = true;
    }

    /** The peer's end, now or when the user takes it; whether the own direction stays open. */
    boolean passEof() {
        if (pending != null || !wanted) {
            eofPending = true;
            return true;
        }
        eofPending = false;
        return tellEof();
    }

    private boolean tellEof() {
        return protocol() instanceof BufferedProtocol buffered
                ? buffered.eofReceived()
                : protocol() instanceof Protocol plain && plain.eofReceived();
    }

    @Override
    public void pauseReading() {
        lower().pauseReading();
        wanted = false;
    }

    @Override
    public void resumeReading() {
        if (pending == null && !eofPending) {
            lower().resumeReading();
        } else if (!delivering) {
            loop().callSoon(this::deliverPending);
        }
        wanted = true;
    }

    @Override
    public boolean isReading() {
        return pending == null ? lower().isReading() : wanted && !isClosing();
    }

    @Override
    protected boolean isInputEnded() {
        return !eofPending && super.isInputEnded();
    }

    // ---- who it is ------------------------------------------------------------------------------------------------

    @Override
    public @Nullable ProxyHeader header() {
        return header;
    }

    @Override
    public @Nullable SocketAddress proxyAddress() {
        return lower().remoteAddress();
    }

    @Override
    public @Nullable SocketAddress ownAddress() {
        return lower().localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        SocketAddress real = header == null ? null : header.source();
        return real != null ? real : lower().remoteAddress();
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        SocketAddress real = header == null ? null : header.destination();
        return real != null ? real : lower().localAddress();
    }

    /** The layer has stepped aside: the transport below calls the user itself. */
    @Override
    public void setProtocol(BaseProtocol protocol) {
        lower().setProtocol(protocol);
    }

    @Override
    public BaseProtocol protocol() {
        return lower().protocol();
    }

    @Override
    public String toString() {
        return "ProxiedConnection[" + (header == null ? "no header" : header) + ", " + lower() + "]";
    }
}
