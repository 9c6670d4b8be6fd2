package dev.matryoshka.transport;

import dev.matryoshka.engine.DatagramChannel;
import dev.matryoshka.kernel.Addresses;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sending direction of one datagram transport: where datagrams may go, what is kept, and when the protocol is asked to pause. Loop
 * thread only.
 *
 * <p>After every call of the protocol the endpoint may be over, and the queue empty.
 */
final class DatagramSender {
    private final SocketDatagramTransport transport;
    private final DatagramChannel channel;
    private final StandardProtocolFamily family;

    /** The loop's; what is lent to a protocol lies here. */
    private final Chunk lent;

    /** Where to, if everything goes there; a connected socket needs no address, one for broadcasts does. */
    private final @Nullable SocketAddress remote;

    private final boolean connected;
    private final DatagramQueue queue = new DatagramQueue();
    private final FlowControl flow;

    /** Counts datagrams here. */
    private final Drops drops = new Drops();

    /** Sending what was kept: what a callback sends meanwhile goes behind it. */
    private boolean flushing;

    private long bytesOut;

    DatagramSender(
            SocketDatagramTransport transport,
            DatagramChannel channel,
            NonBlockingDatagramSocket socket,
            Chunk lent,
            @Nullable SocketAddress remote,
            WaterMarks marks) {
        this.transport = transport;
        this.channel = channel;
        this.family = socket.family();
        this.lent = lent;
        this.remote = remote;
        this.connected = socket.remoteAddress() != null;
        this.flow = new FlowControl(Objects.requireNonNull(marks, "marks"));
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Bytes of what is kept, headers included. */
    int size() {
        return queue.bytes();
    }

    long bytesOut() {
        return bytesOut;
    }

    long dropped() {
        return drops.bytes();
    }

    boolean isWritingPaused() {
        return flow.isPaused();
    }

    WaterMarks marks() {
        return flow.marks();
    }

    void setMarks(WaterMarks marks) {
        flow.setMarks(Objects.requireNonNull(marks, "marks"));
        if (!transport.isOver()) {
            flow.grown(queue.bytes(), transport.protocol(), transport);
            flow.shrunk(queue.bytes(), transport.protocol(), transport);
        }
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    void sendTo(ByteBuffer data, @Nullable SocketAddress target) {
        checkTarget(target);
        if (transport.isClosing()) {
            drops.written(1, transport);
            data.position(data.limit());
            return;
        }
        SocketAddress to = connected ? null : target != null ? target : remote;
        boolean mayGoNow = queue.isEmpty() && !flushing && channel.isWritable();
        if (!mayGoNow || !trySend(data, to)) {
            queue.add(data, to);
            channel.wantWrite(true);
            flow.grown(queue.bytes(), transport.protocol(), transport);
        }
    }

    /** A misuse is told to who made it, at once, and not to the protocol when the datagram leaves. */
    private void checkTarget(@Nullable SocketAddress target) {
        if (remote != null) {
            if (target != null && !Addresses.isSame(target, remote)) {
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

    /** False when there is no room, and it has to be kept; a datagram that met an error is done with. */
    private boolean trySend(ByteBuffer data, @Nullable SocketAddress to) {
        int length = data.remaining();
        try {
            boolean sent = sendFrom(data, to);
            bytesOut += sent ? length : 0;
            return sent;
        } catch (IOException failed) {
            data.position(data.limit());
            transport.errorReceived(failed);
            return true;
        } catch (RuntimeException defect) {
            data.position(data.limit());
            transport.fatal("Fatal write error on datagram transport", defect);
            return true;
        }
    }

    /** What was lent to datagramReceived, as an echo sends, is known to lie in the chunk: finding an address costs an object. */
    private boolean sendFrom(ByteBuffer data, @Nullable SocketAddress to) throws IOException {
        if (data != lent.view()) {
            return channel.sendTo(data, to);
        }
        boolean sent = channel.sendTo(lent, data.position(), data.remaining(), to);
        if (sent) {
            data.position(data.limit());
        }
        return sent;
    }

    /**
     * Sends what is kept, as far as there is room; what callbacks add meanwhile waits for the next pass, and the protocol is resumed
     * when this is over, so that no pass is endless.
     */
    void flush() {
        if (flushing) {
            return;
        }
        flushing = true;
        try {
            for (int left = queue.size(); left > 0 && !transport.isOver(); left--) {
                DatagramQueue.Kept kept = queue.first();
                if (!trySend(kept.bytes(), kept.target())) {
                    break;
                }
                if (!transport.isOver()) { // an error may have been answered by abort, which drops all
                    queue.removeFirst();
                }
            }
        } finally {
            flushing = false;
        }
        if (!transport.isOver()) {
            channel.wantWrite(!queue.isEmpty());
            flow.shrunk(queue.bytes(), transport.protocol(), transport);
        }
        if (queue.isEmpty()) {
            transport.drained();
        }
    }

    /** The endpoint is over. */
    void drop() {
        drops.unsent(queue.size());
        queue.clear();
        channel.wantWrite(false);
    }
}
