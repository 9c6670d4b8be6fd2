package dev.matryoshka.cli.cat;

import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A stream connection of a session. The end of standard input ends the own direction. The peer's end ends the connection, but not
 * before what waits in standard input is sent: a peer that has nothing to say ends its direction at once, and still wants the file.
 * From a terminal nothing waits, so there it is the end. Loop thread only.
 */
public final class CatProtocol implements Protocol, Inlet.Sink, Session.Peer {
    /** After the peer's end, input that was quiet at so many looks has nothing more; a pipe may be between two pieces. */
    private static final int QUIET_LOOKS = 5;

    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final Session session;
    private @Nullable Transport transport;
    private boolean writingPaused;

    /** After the peer's end: looks without any input so far. */
    private int quietLooks;

    private boolean peerEnded;

    /** Somebody has the next piece of standard input, or will. */
    private boolean asking;

    /** For one connection. */
    public CatProtocol(Session session) {
        this.session = session;
    }

    @Override
    public void connectionMade(Transport made) {
        transport = made;
        session.begin(this);
        if (session.out().isFull()) {
            waitForRoom(made);
        }
        ask();
    }

    private void ask() {
        if (!asking && !writingPaused) {
            asking = true;
            session.in().ask(this);
        }
    }

    @Override
    public void piece(ByteBuffer data) {
        asking = false;
        if (transport != null) {
            session.heard();
            quietLooks = 0;
            transport.write(data);
            ask();
        }
    }

    @Override
    public void end() {
        asking = true; // there is nothing to ask for any more
        if (transport != null && peerEnded) {
            transport.close();
        } else if (transport != null) {
            transport.writeEof();
        }
    }

    @Override
    public boolean eofReceived() {
        peerEnded = true;
        if (session.in().isEnded()) {
            return false;
        }
        look();
        return true;
    }

    private void look() {
        Transport open = transport;
        if (open == null) {
            return;
        }
        if (writingPaused || session.in().hasMore()) {
            quietLooks = 0;
        } else if (++quietLooks >= QUIET_LOOKS) {
            open.close();
            return;
        }
        open.loop().callLater(LOOK_EVERY, this::look);
    }

    @Override
    public void pauseWriting() {
        writingPaused = true;
    }

    @Override
    public void resumeWriting() {
        writingPaused = false;
        session.heard();
        ask();
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        session.heard();
        session.out().write(data);
        if (session.out().isFull() && transport != null) {
            waitForRoom(transport);
        }
    }

    private void waitForRoom(Transport from) {
        from.pauseReading();
        session.out().whenRoom(from::resumeReading);
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        transport = null;
        session.in().leave(this);
        session.over(exception);
    }

    @Override
    public void abort() {
        if (transport != null) {
            transport.abort();
        }
    }
}
