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
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
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
    private final StandardProtocolFamily family;
    private final DatagramChannel channel;
    private final DatagramQueue queue = new DatagramQueue();
    private final FlowControl flow;

    /** Counts datagrams here. */
    private final Drops drops = new Drops();

    /** Where to, if everything goes there; a connected socket needs no address, one for broadcasts does. */
    private final @Nullable SocketAddress remote;

    private final boolean connected;
    private DatagramProtocol protocol;
    private TransportState state = TransportState.NEW;

    /** Whether connectionMade was called, so that connectionLost is due. */
    private boolean made;

    private boolean readingPaused;

    /** Sending what was kept: what a callback sends meanwhile goes behind it. */
    private boolean flushing;

    private @Nullable Throwable cause;
    private long bytesIn;
    private long bytesOut;
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
        this.family = socket.family();
        this.remote = remote;
        this.connected = socket.remoteAddress() != null;
        this.protocol = protocol;
        this.flow = new FlowControl(marks);
        this.openedNanos = engine.time();
        this.origin = engine.reporter().origin("made here");
        this.channel = DatagramChannel.watch(engine, socket, this);
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

    private void errorReceived(IOException failed) {
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
        checkTarget(target);
        if (state.isClosing()) {
            drops.written(1, this);
            data.position(data.limit());
            return;
        }
        SocketAddress to = connected ? null : target != null ? target : remote;
        boolean mayGoNow = queue.isEmpty() && !flushing && channel.isWritable();
        int length = data.remaining();
        if (mayGoNow && trySend(data, to)) {
            bytesOut += length;
        } else {
            keep(data, to);
        }
    }

    private void keep(ByteBuffer data, @Nullable SocketAddress to) {
        queue.add(data, to);
        channel.wantWrite(true);
        flow.grown(queue.bytes(), protocol, this);
    }

    /** False when there is no room, and it has to be kept; a datagram that met an error is done with. */
    private boolean trySend(ByteBuffer data, @Nullable SocketAddress to) {
        try {
            return sendFrom(data, to);
        } catch (IOException failed) {
            data.position(data.limit());
            errorReceived(failed);
            return true;
        } catch (RuntimeException defect) {
            data.position(data.limit());
            fatal("Fatal write error on datagram transport", defect);
            return true;
        }
    }

    /** What was lent to datagramReceived, as an echo sends, is known to lie in the chunk: finding an address costs an object. */
    private boolean sendFrom(ByteBuffer data, @Nullable SocketAddress to) throws IOException {
        Chunk chunk = engine.receiveChunk();
        if (data != chunk.view()) {
            return channel.sendTo(data, to);
        }
        boolean sent = channel.sendTo(chunk, data.position(), data.remaining(), to);
        if (sent) {
            data.position(data.limit());
        }
        return sent;
    }

    /** A misuse is told to who made it, at once, and not to the protocol when the datagram leaves. */
    private void checkTarget(@Nullable SocketAddress target) {
        if (remote != null) {
            if (target != null && !target.equals(remote)) {
                throw new IllegalArgumentException("invalid address: must be null or " + remote + ", not " + target);
            }
        } else if (target == null) {
            throw new IllegalArgumentException("no address to send to, and this endpoint has no remote address");
        } else if (!fits(target)) {
            throw new IllegalArgumentException(
                    "not an address that an endpoint of " + family + " can send to: " + target);
        }
    }

    private boolean fits(SocketAddress target) {
        if (!(target instanceof InetSocketAddress internet)) {
            return family == StandardProtocolFamily.UNIX;
        }
        return switch (family) {
            case UNIX -> false;
            case INET -> internet.getAddress() instanceof Inet4Address;
            case INET6 -> !internet.isUnresolved();
        };
    }

    /**
     * Sends what is kept, as far as there is room; what callbacks add meanwhile waits for the next pass, and the protocol is resumed
     * when this is over, so that no pass is endless.
     */
    @Override
    public void onWritable() {
        if (flushing) {
            return;
        }
        flushing = true;
        try {
            for (int left = queue.size(); left > 0 && !state.isOver(); left--) {
                DatagramQueue.Kept kept = queue.first();
                int length = kept.bytes().remaining();
                if (!trySend(kept.bytes(), kept.target())) {
                    break;
                }
                if (!state.isOver()) { // an error may have been answered by abort, which drops all
                    queue.removeFirst();
                    bytesOut += length;
                }
            }
        } finally {
            flushing = false;
        }
        if (!state.isOver()) {
            channel.wantWrite(!queue.isEmpty());
            flow.shrunk(queue.bytes(), protocol, this);
        }
        if (queue.isEmpty() && state == TransportState.FLUSHING) {
            end(null);
        }
    }

    @Override
    public void setWriteBufferLimits(WaterMarks marks) {
        engine.checkLoopThread();
        flow.setMarks(Objects.requireNonNull(marks, "marks"));
        if (!state.isOver()) {
            flow.grown(queue.bytes(), protocol, this);
            flow.shrunk(queue.bytes(), protocol, this);
        }
    }

    @Override
    public WaterMarks writeBufferLimits() {
        engine.checkLoopThread();
        return flow.marks();
    }

    @Override
    public int writeBufferSize() {
        engine.checkLoopThread();
        return queue.bytes();
    }

    @Override
    public long droppedDatagrams() {
        engine.checkLoopThread();
        return drops.bytes();
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void close() {
        engine.checkLoopThread();
        if (state.isClosing()) {
            return;
        }
        if (queue.isEmpty() || state == TransportState.NEW) {
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
    private void fatal(String message, Throwable exception) {
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
        channel.wantWrite(false);
        drops.unsent(queue.size());
        queue.clear();
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
                new Traffic(bytesIn, bytesOut, 0, queue.bytes(), readingPaused, flow.isPaused()),
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
                + queue.bytes() + "]";
    }
}
