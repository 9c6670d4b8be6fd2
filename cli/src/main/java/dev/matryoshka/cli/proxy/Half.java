package dev.matryoshka.cli.proxy;

import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One side of a relayed connection: what it hears, the other side is told to do. Loop thread only.
 *
 * <pre>
 *   dataReceived   ─▶ write           pauseWriting  ─▶ pauseReading
 *   eofReceived    ─▶ writeEof        resumeWriting ─▶ resumeReading
 *   connectionLost ─▶ close; after an error: abort, as a reset
 * </pre>
 */
final class Half implements Protocol {
    private final Relay relay;
    private final boolean isFront;

    /** Not below TLS that is still to come: its handshake is read too. */
    private final boolean pausesFirst;

    private @Nullable Transport transport;
    private boolean ended;
    private boolean lost;

    Half(Relay relay, boolean isFront, boolean pausesFirst) {
        this.relay = relay;
        this.isFront = isFront;
        this.pausesFirst = pausesFirst;
    }

    @Nullable
    Transport transport() {
        return transport;
    }

    /** An upgrade to TLS has another one. */
    void setTransport(Transport upgraded) {
        transport = upgraded;
    }

    /** Whether its peer has ended its direction. */
    boolean isEnded() {
        return ended;
    }

    boolean isLost() {
        return lost;
    }

    @Override
    public void connectionMade(Transport made) {
        transport = made;
        if (pausesFirst) {
            made.pauseReading();
        }
        if (isFront) {
            relay.frontMade();
        }
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        relay.count(isFront, data.remaining());
        Transport other = relay.other(isFront);
        if (other != null) {
            other.write(data);
        }
    }

    /** Both directions have their own end, so this one stays open until the other has come to its end too. */
    @Override
    public boolean eofReceived() {
        ended = true;
        relay.ended(isFront);
        return true;
    }

    @Override
    public void pauseWriting() {
        Transport other = relay.other(isFront);
        if (other != null) {
            other.pauseReading();
        }
    }

    @Override
    public void resumeWriting() {
        Transport other = relay.other(isFront);
        if (other != null) {
            other.resumeReading();
        }
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        lost = true;
        relay.lost(isFront, exception);
    }
}
