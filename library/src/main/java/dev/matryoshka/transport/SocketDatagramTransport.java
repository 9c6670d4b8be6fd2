package dev.matryoshka.transport;

import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;

import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.DatagramChannel;
import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.inspect.ConnectionSnapshot.Traffic;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A datagram transport over a socket (asyncio's {@code _SelectorDatagramTransport}).
 *
 * <p>Up to {@value #BURST} datagrams for each readiness, where asyncio takes one. A datagram socket is drained only when it says so,
 * and the receive that finds it empty is cheaper in the same pass than in the next, before which the loop would poll again: one
 * datagram costs two receives and one poll instead of two and two, sixteen cost 17 and one instead of 17 and 17. More than
 * {@value #BURST} in a row would be unfair to the other sockets; the rest comes in the next pass.
 */
final class SocketDatagramTransport implements DatagramTransport, ChannelListener, Described, FlowControl.Witness {
    static final int BURST = 16;

    private final LoopEngine engine;
    private final NonBlockingDatagramSocket socket;
    private final DatagramChannel channel;
    private final DatagramSender sender;

    /** Where to, if everything goes there. */
    private final @Nullable SocketAddress remote;

    private DatagramProtocol protocol;
    private TransportState state = TransportState.NEW;

    /** Whether connectionMade was called, so that connectionLost is due. */
    private boolean made;

    private boolean readingPaused;

    private @Nullable Throwable cause;
    private long bytesIn;
    private final long openedNanos;
    private final @Nullable Origin origin;

    /** Kept at the end, when the socket forgets it. */
    private @Nullable SocketAddress localAtEnd;

    /**
     * Takes a socket over.
     *
     * @param remote where all goes that has no address; null for nowhere
     * @throws IOException the socket cannot be watched; it is still the caller's
     */
    SocketDatagramTransport(
            LoopEngine engine,
            NonBlockingDatagramSocket socket,
            @Nullable SocketAddress remote,
            DatagramProtocol protocol,
            WaterMarks marks)
            throws IOException {
        this.engine = engine;
        this.socket = socket;
        this.remote = remote;
        this.protocol = protocol;
        this.openedNanos = engine.time();
        this.origin = engine.reporter().origin("made here");
        this.channel = DatagramChannel.watch(engine, socket, this);
        this.sender = new DatagramSender(this, channel, socket, engine.receiveChunk(), remote, marks);
    }

    /** Calls {@code connectionMade}, then lets datagrams come. Returns false when the end came first. */
    boolean begin() {
        if (state != TransportState.NEW) {
            return false;
        }
        state = state.to(TransportState.OPEN);
        made = true;
        try {
            protocol.connectionMade(this);
        } catch (Throwable escaped) {
            report("Exception in callback connectionMade()", escaped);
        }
        channel.wantRead(isReadingNow());
        return true;
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public boolean onReadable() {
        Chunk chunk = engine.receiveChunk();
        for (int i = 0; i < BURST && isReadingNow(); i++) {
            int count;
            try {
                count = channel.recvFrom(chunk, 0, chunk.capacity());
            } catch (IOException failed) {
                errorReceived(failed);
                break; // perhaps the system is out of memory: others first, then again
            } catch (RuntimeException defect) {
                fatal("Fatal read error on datagram transport", defect);
                break;
            }
            if (count == WOULD_BLOCK) {
                break;
            }
            received(chunk.lend(0, count));
        }
        return isReadingNow() && channel.isReadable();
    }

    private boolean isReadingNow() {
        return state == TransportState.OPEN && !readingPaused;
    }

    private void received(ByteBuffer datagram) {
        bytesIn += datagram.remaining();
        try {
            protocol.datagramReceived(datagram, Objects.requireNonNull(socket.sender()));
        } catch (Throwable escaped) {
            report("Exception in callback datagramReceived()", escaped);
        }
    }

    void errorReceived(IOException failed) {
        try {
            protocol.errorReceived(failed);
        } catch (Throwable escaped) {
            report("Exception in callback errorReceived()", escaped);
        }
    }

    @Override
    public void pauseReading() {
        engine.checkLoopThread();
        if (!state.isClosing() && !readingPaused) {
            readingPaused = true;
            channel.wantRead(false);
        }
    }

    @Override
    public void resumeReading() {
        engine.checkLoopThread();
        if (!state.isClosing() && readingPaused) {
            readingPaused = false;
            channel.wantRead(isReadingNow());
        }
    }

    @Override
    public boolean isReading() {
        engine.checkLoopThread();
        return !readingPaused && !state.isClosing();
    }

    @Override
    public boolean isTruncated() {
        engine.checkLoopThread();
        return socket.isTruncated();
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public void sendTo(byte[] data, @Nullable SocketAddress target) {
        sendTo(ByteBuffer.wrap(data), target);
    }

    @Override
    public void sendTo(ByteBuffer data, @Nullable SocketAddress target) {
        engine.checkLoopThread();
        sender.sendTo(data, target);
    }

    @Override
    public void onWritable() {
        sender.flush();
    }

    /** Everything that was kept has been sent: what close() waited for. */
    void drained() {
        if (state == TransportState.FLUSHING) {
            end(null);
        }
    }

    @Override
    public void setWriteBufferLimits(WaterMarks marks) {
        engine.checkLoopThread();
        sender.setMarks(marks);
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
    public long droppedDatagrams() {
        engine.checkLoopThread();
        return sender.dropped();
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void close() {
        engine.checkLoopThread();
        if (state.isClosing()) {
            return;
        }
        if (sender.isEmpty() || state == TransportState.NEW) {
            end(null);
        } else {
            state = state.to(TransportState.FLUSHING);
            channel.wantRead(false);
        }
    }

    @Override
    public void abort() {
        engine.checkLoopThread();
        end(null);
    }

    /** A defect of ours or of the kernel: no error of a network comes here. */
    void fatal(String message, Throwable exception) {
        report(message, exception);
        end(exception);
    }

    /** The one way out: drops what is kept and schedules connectionLost; nothing when that has been done. */
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

    private void lost() {
        state = state.to(TransportState.ENDED);
        try {
            if (made) {
                protocol.connectionLost(cause);
            }
        } catch (Throwable escaped) {
            report("Exception in callback connectionLost()", escaped);
        } finally {
            localAtEnd = socket.localAddress();
            channel.close();
        }
    }

    /** An error that nobody has asked for yet: whoever receives or sends next is told. */
    @Override
    public void onHangup() {}

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

    @Override
    public void report(String message, Throwable exception) {
        engine.reporter()
                .report(ExceptionContext.of(message, exception)
                        .with("transport", this)
                        .with("protocol", protocol));
    }

    @Override
    public @Nullable Origin origin() {
        return origin;
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "datagram transport",
                state.toString(),
                local(),
                remote,
                new Traffic(bytesIn, sender.bytesOut(), 0, sender.size(), readingPaused, sender.isWritingPaused()),
                Duration.ofNanos(engine.time() - openedNanos),
                protocol.getClass().getName(),
                Origin.text(origin)));
    }

    @Override
    public void setProtocol(DatagramProtocol newProtocol) {
        engine.checkLoopThread();
        protocol = Objects.requireNonNull(newProtocol, "protocol");
    }

    @Override
    public DatagramProtocol protocol() {
        return protocol;
    }

    @Override
    public Loop loop() {
        return engine.face();
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        engine.checkLoopThread();
        return local();
    }

    private @Nullable SocketAddress local() {
        return localAtEnd != null ? localAtEnd : socket.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        engine.checkLoopThread();
        return remote;
    }

    @Override
    public void join(InetAddress group, NetworkInterface on) throws IOException {
        join(group, on, null);
    }

    @Override
    public void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        openSocket().join(group, on, source);
    }

    @Override
    public void leave(InetAddress group, NetworkInterface on) throws IOException {
        leave(group, on, null);
    }

    @Override
    public void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        openSocket().leave(group, on, source);
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        openSocket().setOption(option, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return openSocket().getOption(option);
    }

    private NonBlockingDatagramSocket openSocket() throws ClosedChannelException {
        engine.checkLoopThread();
        if (channel.isClosed()) {
            throw new ClosedChannelException();
        }
        return socket;
    }

    @Override
    public String toString() {
        return "DatagramTransport[" + local() + (remote == null ? "" : " -> " + remote) + ", " + state + ", kept="
                + sender.size() + "]";
    }
}
