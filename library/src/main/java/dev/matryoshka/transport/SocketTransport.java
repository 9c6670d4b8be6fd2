package dev.matryoshka.transport;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.inspect.ConnectionSnapshot.Traffic;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A transport over a stream socket (asyncio's {@code _SelectorSocketTransport}). Loop thread only. */
final class SocketTransport extends StreamTransport {
    private final NonBlockingSocket socket;
    private final @Nullable ClientList clients;

    /** Kept at the end, when the socket forgets it. */
    private @Nullable SocketAddress localAtEnd;

    /** Neighbours in {@link ClientList}. */
    @Nullable
    SocketTransport previousClient;

    @Nullable
    SocketTransport nextClient;

    /** Its places in the queues of {@link ConnectionTimeouts}, which writes them. */
    DeadlineQueue.@Nullable Entry idleEntry;

    DeadlineQueue.@Nullable Entry firstByteEntry;

    /**
     * Takes a connected socket over and schedules {@code connectionMade}.
     *
     * @param clients the server's list that it stands in until it is lost, or null
     * @throws IOException the socket cannot be watched; it is still the caller's
     */
    SocketTransport(
            LoopEngine engine,
            NonBlockingSocket socket,
            BaseProtocol protocol,
            WaterMarks marks,
            @Nullable ClientList clients)
            throws IOException {
        super(engine, socket, protocol, marks);
        this.socket = socket;
        this.clients = clients;
        if (clients != null) {
            clients.add(this);
        }
        ConnectionEvents.opened(this);
    }

    @Override
    String readError() {
        return "Fatal read error on socket transport";
    }

    @Override
    String writeError() {
        return "Fatal write error on socket transport";
    }

    NonBlockingSocket socket() {
        return socket;
    }

    /** A reset on a connection that neither reads nor writes would stay unseen for ever (Netty's CVE-2026-42577). */
    @Override
    public void onHangup() {
        if (channel.isBroken() && state() == TransportState.OPEN && receiver.state() == ReadState.EOF) {
            IOException error = socket.takeError();
            if (error != null) {
                fatal("Connection broken while idle", error);
            }
        }
    }

    @Override
    public boolean canWriteEof() {
        return true;
    }

    @Override
    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    void closing() {
        localAtEnd = socket.localAddress();
    }

    @Override
    void closed(long ageNanos) {
        if (clients != null) {
            clients.remove(this);
        }
        ConnectionEvents.closed(this, ageNanos);
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "transport",
                state().toString(),
                local(),
                socket.remoteAddress(),
                new Traffic(
                        receiver.bytesIn(),
                        sender.bytesOut(),
                        0,
                        sender.size(),
                        receiver.state() == ReadState.PAUSED,
                        sender.isWritingPaused()),
                Duration.ofNanos(ageNanos()),
                protocol().getClass().getName(),
                Origin.text(origin())));
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        engine.checkLoopThread();
        return local();
    }

    private @Nullable SocketAddress local() {
        return state() == TransportState.ENDED && localAtEnd != null ? localAtEnd : socket.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        engine.checkLoopThread();
        return socket.remoteAddress();
    }

    @Override
    public PeerCredentials peerCredentials() throws IOException {
        return openSocket().peerCredentials();
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        openSocket().setOption(option, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return openSocket().getOption(option);
    }

    private NonBlockingSocket openSocket() throws ClosedChannelException {
        engine.checkLoopThread();
        if (channel.isClosed()) {
            throw new ClosedChannelException();
        }
        return socket;
    }

    @Override
    public String toString() {
        return "SocketTransport[" + local() + " -> " + socket.remoteAddress() + ", " + state() + ", read="
                + receiver.state()
                + ", write=" + sender.state() + ", buffered=" + sender.size() + "]";
    }
}
