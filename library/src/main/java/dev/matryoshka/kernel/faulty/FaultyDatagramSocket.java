package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket on a bad network: what is sent may be lost, come twice, or come behind the next one; and its calls go wrong by
 * the rules of its kernel. Loop thread only.
 */
final class FaultyDatagramSocket extends ForwardingDatagramSocket implements Faulty {
    private record Overtaken(ByteBuffer bytes, @Nullable SocketAddress remote) {}

    private final FaultyKernel kernel;
    private final Faults.Dice dice;
    private final FaultyPoller.Watch watch;

    /** Held back until another one has been sent. */
    private @Nullable Overtaken overtaken;

    FaultyDatagramSocket(FaultyKernel kernel, NonBlockingDatagramSocket inner) {
        super(inner);
        this.kernel = kernel;
        this.dice = kernel.dice();
        this.watch = new FaultyPoller.Watch(inner);
    }

    @Override
    public boolean isOf(FaultyPoller poller) {
        return kernel.poller() == poller;
    }

    @Override
    public FaultyPoller.Watch watch() {
        return watch;
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public int tryRecvFrom(Chunk target, int offset, int length) throws IOException {
        return mayReceive() ? inner.tryRecvFrom(target, offset, length) : WOULD_BLOCK;
    }

    @Override
    public int tryRecvFrom(ByteBuffer target) throws IOException {
        return mayReceive() ? inner.tryRecvFrom(target) : WOULD_BLOCK;
    }

    private boolean mayReceive() throws IOException {
        if (!isOpen()) {
            return true; // which throws
        }
        if (kernel.poller().isShut(READABLE)) {
            return false;
        }
        if (dice.strikes(Fault.DATAGRAM_REFUSED)) {
            kernel.poller().soon(watch, READABLE);
            throw new PortUnreachableException("receive from a socket: Connection refused (ECONNREFUSED), injected");
        }
        if (dice.strikes(Fault.RECV_WOULD_BLOCK)) {
            kernel.poller().soon(watch, READABLE);
            return false;
        }
        return true;
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public int trySendTo(ByteBuffer source, @Nullable SocketAddress remote) throws IOException {
        if (!isOpen()) {
            return inner.trySendTo(source, remote);
        }
        if (kernel.poller().isShut(WRITABLE)) {
            return WOULD_BLOCK;
        }
        if (dice.strikes(Fault.SEND_WOULD_BLOCK)) {
            kernel.poller().soon(watch, WRITABLE);
            return WOULD_BLOCK;
        }
        if (dice.strikes(Fault.DATAGRAM_LOST)) {
            return pretend(source);
        }
        if (overtaken == null && dice.strikes(Fault.DATAGRAM_OVERTAKEN)) {
            overtaken = new Overtaken(copyOf(source), remote);
            return pretend(source);
        }
        ByteBuffer again = dice.strikes(Fault.DATAGRAM_TWICE) ? copyOf(source) : null;
        int count = inner.trySendTo(source, remote);
        if (count != WOULD_BLOCK) {
            sendAlso(again, remote);
            Overtaken late = overtaken;
            overtaken = null;
            if (late != null) {
                sendAlso(late.bytes, late.remote);
            }
        }
        return count;
    }

    @Override
    public int trySendTo(Chunk chunk, int offset, int length, @Nullable SocketAddress remote) throws IOException {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        return trySendTo(chunk.bytes().duplicate().limit(offset + length).position(offset), remote);
    }

    private static int pretend(ByteBuffer source) {
        int length = source.remaining();
        source.position(source.limit());
        return length;
    }

    private static ByteBuffer copyOf(ByteBuffer source) {
        return ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip();
    }

    /** One that nobody waits for: without room for it, it is lost. */
    private void sendAlso(@Nullable ByteBuffer bytes, @Nullable SocketAddress remote) {
        if (bytes != null) {
            try {
                int ignored = inner.trySendTo(bytes, remote);
            } catch (IOException lost) {
                // then it never arrives
            }
        }
    }

    @Override
    public String toString() {
        return "Faulty[" + inner + "]";
    }
}
