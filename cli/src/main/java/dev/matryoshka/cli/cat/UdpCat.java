package dev.matryoshka.cli.cat;

import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.transport.DatagramProtocol;
import dev.matryoshka.transport.DatagramTransport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Standard input as datagrams, and theirs as standard output. One that listens answers whoever has sent last, and reads no
 * input before somebody has. Datagrams have no end, so silence is one. Loop thread only.
 */
public final class UdpCat implements DatagramProtocol, Inlet.Sink, Session.Peer {
    /** What Ethernet carries in one piece, with room for headers of tunnels. */
    private static final int DATAGRAM_BYTES_MAX = 1400;

    /** How long answers may take after the last input, if nothing else is said. */
    private static final Duration LAST_ANSWER = Duration.ofSeconds(1);

    private final Session session;
    private final boolean listens;
    private final Duration quiet;
    private final Consumer<String> complain;
    private @Nullable DatagramTransport transport;
    private @Nullable SocketAddress last;
    private @Nullable TimerHandle timer;
    private boolean asking;
    private boolean writingPaused;

    /** @param quiet after so long without a datagram and without input it ends; zero for never before the end of input */
    public UdpCat(Session session, boolean listens, Duration quiet, Consumer<String> complain) {
        this.session = session;
        this.listens = listens;
        this.quiet = quiet;
        this.complain = complain;
    }

    @Override
    public void connectionMade(DatagramTransport made) {
        transport = made;
        session.begin(this);
        if (!quiet.isZero()) {
            watch(quiet);
        }
        ask();
    }

    private void ask() {
        if (!asking && !writingPaused && !(listens && last == null)) {
            asking = true;
            session.in().ask(this);
        }
    }

    @Override
    public void piece(ByteBuffer data) {
        asking = false;
        DatagramTransport to = transport;
        if (to == null) {
            return;
        }
        session.heard();
        while (data.hasRemaining()) {
            int count = Math.min(DATAGRAM_BYTES_MAX, data.remaining());
            to.sendTo(data.slice(data.position(), count), listens ? last : null);
            data.position(data.position() + count);
        }
        ask();
    }

    @Override
    public void end() {
        asking = true; // there is nothing to ask for any more
        session.heard();
        if (!listens && quiet.isZero()) {
            watch(LAST_ANSWER);
        }
    }

    private void watch(Duration limit) {
        DatagramTransport watched = transport;
        if (watched == null) {
            return;
        }
        Duration left = limit.minusNanos(session.silentNanos());
        if (left.isPositive()) {
            timer = watched.loop().callLater(left, () -> watch(limit));
        } else {
            watched.close();
        }
    }

    @Override
    public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
        session.heard();
        session.out().write(datagram);
        last = sender;
        DatagramTransport from = transport;
        if (from != null && session.out().isFull()) {
            from.pauseReading();
            session.out().whenRoom(from::resumeReading);
        }
        ask();
    }

    /** Nobody is there, or no way leads there: the end for a client, and no more than news for who listens. */
    @Override
    public void errorReceived(IOException exception) {
        if (listens) {
            complain.accept(String.valueOf(exception.getMessage()));
        } else {
            session.end(exception);
        }
    }

    @Override
    public void pauseWriting() {
        writingPaused = true;
    }

    @Override
    public void resumeWriting() {
        writingPaused = false;
        ask();
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        transport = null;
        if (timer != null) {
            timer.cancel();
        }
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
