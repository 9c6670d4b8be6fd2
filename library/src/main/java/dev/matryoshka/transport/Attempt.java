package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One address of a {@link Race}, and the socket that is on its way to it. Loop thread only. */
final class Attempt implements ChannelListener, Described {
    private final Race race;
    private final LoopEngine engine;
    private final SocketAddress remote;

    /** Both only while it is on its way. */
    private @Nullable Channel channel;

    private @Nullable NonBlockingSocket socket;

    private final long startedNanos;

    Attempt(Race race, LoopEngine engine, SocketAddress remote) {
        this.race = race;
        this.engine = engine;
        this.remote = remote;
        this.startedNanos = engine.time();
    }

    /**
     * Sets out.
     *
     * @return the socket when it is connected at once; null: the race will hear of it
     * @throws IOException it has failed at once; nothing is left open
     */
    @Nullable
    NonBlockingSocket start(ConnectOptions options) throws IOException {
        NonBlockingSocket opened = ClientSocket.open(engine, remote, options);
        try {
            if (opened.tryConnect(remote)) {
                return checked(opened);
            }
            Channel watched = engine.watch(opened, this);
            channel = watched;
            socket = opened;
            watched.noteConnecting();
            return null;
        } catch (UnsupportedAddressTypeException unknown) {
            opened.close();
            throw new UnsupportedOperationException(
                    "the " + engine.kernel().name() + " kernel cannot connect to " + remote, unknown);
        } catch (IOException | RuntimeException failed) {
            opened.close();
            throw failed;
        }
    }

    /**
     * TCP lets a socket connect to itself, when the system gives it the very port that it is to connect to (simultaneous open,
     * RFC 9293, 3.5). It would talk to itself, and keep the server that it looks for from binding the port.
     */
    private NonBlockingSocket checked(NonBlockingSocket connected) throws IOException {
        if (remote.equals(connected.localAddress())) {
            throw new ConnectException(
                    "connect to " + ClientSocket.text(remote) + ": nobody listens, the socket met itself");
        }
        return connected;
    }

    @Override
    public void onWritable() {
        Channel watched = channel;
        NonBlockingSocket arrived = socket;
        if (watched == null || arrived == null) {
            return;
        }
        try {
            if (!arrived.finishConnect()) {
                watched.noteConnecting();
                return;
            }
            NonBlockingSocket connected = checked(arrived);
            channel = null;
            watched.detach();
            race.won(this, connected);
        } catch (IOException failed) {
            close();
            race.failed(this, failed);
        }
    }

    /** Gives it up: nothing is watched any more, and the descriptor goes at the end of the pass. */
    void close() {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }

    @Override
    public boolean onReadable() {
        return false;
    }

    @Override
    public void onHangup() {
        onWritable();
    }

    @Override
    public void onLoopClosing() {
        race.loopClosing();
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "client",
                "connecting",
                socket == null ? null : socket.localAddress(),
                remote,
                ConnectionSnapshot.Traffic.NONE,
                Duration.ofNanos(engine.time() - startedNanos),
                "",
                null));
    }

    @Override
    public String toString() {
        return "Attempt[" + remote + "]";
    }
}
