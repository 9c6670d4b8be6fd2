package dev.matryoshka.cli.cat;

import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A stream connection of a session. The end of standard input ends the own direction; the peer's end ends the connection. */
public final class CatProtocol implements Protocol, Inlet.Sink, Session.Peer {
    private final Session session;
    private @Nullable Transport transport;
    private boolean writingPaused;

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
            transport.write(data);
            ask();
        }
    }

    @Override
    public void end() {
        asking = true; // there is nothing to ask for any more
        if (transport != null) {
            transport.writeEof();
        }
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
