package dev.matryoshka.transport;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.inspect.ConnectionSnapshot.Traffic;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transport over a stream socket (asyncio's {@code _SelectorSocketTransport}).
 *
 * <p>One receive per readiness and pass, 256 KiB at most: no connection starves another. The two directions stand in
 * {@link Receiver} and {@link Sender}; here is their common life.
 *
 * <p>Every way out leads through {@link #end}, which leaves OPEN or FLUSHING once, and to {@link #lost}, which runs once.
 */
final class SocketTransport implements Transport, ChannelListener, Described {
    private final LoopEngine engine;
    private final NonBlockingSocket socket;
    private final Channel channel;
    private final Receiver receiver;
    private final Sender sender;
    private final @Nullable ClientList clients;

    private TransportState state = TransportState.NEW;

    /** Whether connectionMade was called, so that connectionLost is due. */
    private boolean made;

    private @Nullable Throwable cause;
    private final long openedNanos;

    /** In debug mode where it was made. */
    private final @Nullable Origin origin;

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
        this.engine = engine;
        this.socket = socket;
        this.clients = clients;
        this.openedNanos = engine.time();
        this.origin = engine.reporter().origin("made here");
        this.channel = engine.watch(socket, this);
        this.receiver = new Receiver(this, channel, engine.receiveChunk(), protocol);
        this.sender = new Sender(this, engine, channel, marks);
        if (clients != null) {
            clients.add(this);
        }
        ConnectionEvents.opened(this);
    }

    /** Calls {@code connectionMade}, then lets bytes come. Returns false when the end came first. */
    boolean begin() {
        if (state != TransportState.NEW) {
            return false;
        }
        state = state.to(TransportState.OPEN);
        made = true;
        try {
            protocol().connectionMade(this);
        } catch (Throwable escaped) {
            report("Exception in callback connectionMade()", escaped);
        }
        if (state == TransportState.OPEN) {
            receiver.start();
        }
        return true;
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public boolean onReadable() {
        if (state != TransportState.OPEN) {
            channel.wantRead(false);
            return false;
        }
        receiver.receive();
        if (!sender.isEmpty()) {
            sender.flush();
        }
        return state == TransportState.OPEN && receiver.isReading() && channel.isReadable();
    }

    /** A reset on a connection that neither reads nor writes would stay unseen for ever (Netty's CVE-2026-42577). */
    @Override
    public void onHangup() {
        if (state == TransportState.OPEN && receiver.state() == ReadState.EOF) {
            IOException error = socket.takeError();
            if (error != null) {
                fatal("Connection broken while idle", error);
            }
        }
    }

    @Override
    public void pauseReading() {
        engine.checkLoopThread();
        if (!state.isClosing()) {
            receiver.pause();
        }
    }

    @Override
    public void resumeReading() {
        engine.checkLoopThread();
        if (!state.isClosing()) {
            receiver.resume();
        }
    }

    @Override
    public boolean isReading() {
        engine.checkLoopThread();
        return receiver.isReading() && !state.isClosing();
    }

    NonBlockingSocket socket() {
        return socket;
    }

    /** Inside a receiving callback: what it writes is sent when it returns. */
    boolean isReceiving() {
        return receiver.isInCallback();
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public void write(byte[] data) {
        write(ByteBuffer.wrap(data));
    }

    @Override
    public void write(ByteBuffer data) {
        engine.checkLoopThread();
        sender.write(data);
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        engine.checkLoopThread();
        sender.writeLines(pieces);
    }

    @Override
    public void onWritable() {
        sender.flush();
    }

    @Override
    public void writeEof() {
        engine.checkLoopThread();
        if (!state.isClosing()) {
            sender.end();
        }
    }

    @Override
    public boolean canWriteEof() {
        return true;
    }

    @Override
    public void setWriteBufferLimits(WaterMarks marks) {
        engine.checkLoopThread();
        sender.setMarks(marks);
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void close() {
        engine.checkLoopThread();
        if (state.isClosing()) {
            return;
        }
        if (!sender.isEmpty() && state == TransportState.OPEN) {
            flushBeforeClose();
        } else {
            end(null);
        }
    }

    private void flushBeforeClose() {
        state = state.to(TransportState.FLUSHING);
        channel.wantRead(false);
        if (!receiver.isInCallback() && channel.isWritable()) {
            sender.flush();
        }
    }

    /** Everything that was written has been sent: what close() waited for. */
    void drained() {
        if (state == TransportState.FLUSHING) {
            end(null);
        }
    }

    @Override
    public void abort() {
        engine.checkLoopThread();
        end(null);
    }

    /** Something broke: a failure of the network is news for the protocol only, a failure of code for the handler too. */
    void fatal(String message, Throwable exception) {
        if (!(exception instanceof IOException)) {
            report(message, exception);
        }
        end(exception);
    }

    /** The one way out: drops what is buffered and schedules connectionLost; nothing when that has been done. */
    private void end(@Nullable Throwable exception) {
        if (state.isOver()) {
            return;
        }
        state = state.to(TransportState.ENDING);
        cause = exception;
        channel.wantRead(false);
        sender.drop();
        engine.callSoon(this::lost);
    }

    /** Runs once: connectionLost, then the socket goes. A connection that was never made is not lost either. */
    private void lost() {
        state = state.to(TransportState.ENDED);
        try {
            if (made) {
                protocol().connectionLost(cause);
            }
        } catch (Throwable escaped) {
            report("Exception in callback connectionLost()", escaped);
        } finally {
            localAtEnd = socket.localAddress();
            channel.close();
            if (clients != null) {
                clients.remove(this);
            }
            ConnectionEvents.closed(this, engine.time() - openedNanos);
        }
    }

    @Override
    public void onLoopClosing() {
        end(null);
    }

    /** Whether nothing can be sent or received any more. */
    boolean isOver() {
        return state.isOver();
    }

    @Override
    public boolean isClosing() {
        engine.checkLoopThread();
        return state.isClosing();
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    void report(String message, Throwable exception) {
        engine.reporter()
                .report(ExceptionContext.of(message, exception)
                        .with("transport", this)
                        .with("protocol", protocol())
                        .withOrigin(origin));
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "transport",
                state.toString(),
                local(),
                socket.remoteAddress(),
                new Traffic(
                        receiver.bytesIn(),
                        sender.bytesOut(),
                        0,
                        sender.size(),
                        receiver.state() == ReadState.PAUSED,
                        sender.isWritingPaused()),
                Duration.ofNanos(engine.time() - openedNanos),
                protocol().getClass().getName(),
                Origin.text(origin)));
    }

    @Override
    public void setProtocol(BaseProtocol protocol) {
        engine.checkLoopThread();
        receiver.setProtocol(protocol);
    }

    @Override
    public BaseProtocol protocol() {
        return receiver.protocol();
    }

    @Override
    public Loop loop() {
        return engine.face();
    }

    @Override
    public WaterMarks writeBufferLimits() {
        engine.checkLoopThread();
        return sender.marks();
    }

    @Override
    public int writeBufferSize() {
        engine.checkLoopThread();
        return sender.size();
    }

    @Override
    public long droppedBytes() {
        engine.checkLoopThread();
        return sender.bytesDropped();
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        engine.checkLoopThread();
        return local();
    }

    private @Nullable SocketAddress local() {
        return state == TransportState.ENDED && localAtEnd != null ? localAtEnd : socket.localAddress();
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

    long bytesIn() {
        return receiver.bytesIn();
    }

    long bytesOut() {
        return sender.bytesOut();
    }

    @Nullable
    Throwable cause() {
        return cause;
    }

    @Override
    public String toString() {
        return "SocketTransport[" + local() + " -> " + socket.remoteAddress() + ", " + state + ", read="
                + receiver.state()
                + ", write=" + sender.state() + ", buffered=" + sender.size() + "]";
    }
}
