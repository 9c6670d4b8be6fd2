package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.fail;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Turns a kernel's poller by hand until something has happened, at most {@value #POLLS_MAX} times. */
final class Driver {
    private static final int POLLS_MAX = 1_000;
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    final Kernel kernel;
    private final Map<Long, Watched> all = new LinkedHashMap<>();
    private long lastToken;

    Driver(Kernel kernel) {
        this.kernel = kernel;
    }

    /** What may throw because a socket may. */
    interface Condition {
        boolean holds() throws IOException;
    }

    Watched watch(NonBlockingIo io) throws IOException {
        return watch(io, ++lastToken);
    }

    Watched watch(NonBlockingIo io, long token) throws IOException {
        Watched watched = new Watched(io, token);
        all.put(token, watched);
        kernel.poller().register(io, token);
        return watched;
    }

    /** In the order that the contract asks for. */
    void close(Watched watched) {
        forget(watched);
        watched.io.close();
    }

    void forget(Watched watched) {
        kernel.poller().deregister(watched.io);
        all.remove(watched.token);
    }

    /**
     * Polls once, having told the poller what is still waited for: a direction that is known to be ready is not.
     *
     * @return how many events were reported
     */
    int poll(long timeoutNanos) throws IOException {
        for (Watched watched : all.values()) {
            kernel.poller().interest(watched.io, watched.wanted & ~watched.known);
        }
        return kernel.poller().poll(timeoutNanos, this::note);
    }

    private void note(long token, int readiness) {
        Watched watched = all.get(token);
        if (watched != null) {
            watched.ready(readiness);
        }
    }

    /** Polls until the condition holds. */
    void until(String what, Condition condition) throws IOException {
        for (int polls = 0; polls < POLLS_MAX; polls++) {
            if (condition.holds()) {
                return;
            }
            poll(POLL_NANOS);
        }
        if (!condition.holds()) {
            fail("not within " + POLLS_MAX + " polls: " + what + "; " + all.values());
        }
    }

    // ---- connections ----------------------------------------------------------------------------------------------

    /** Connects and waits for it; the socket is watched afterwards, for reading. */
    Watched connect(NonBlockingSocket socket, SocketAddress remote) throws IOException {
        boolean done = socket.tryConnect(remote);
        Watched watched = watch(socket);
        if (!done) {
            watched.known = 0;
            watched.wanted = READABLE | WRITABLE;
            until("connected to " + remote, () -> isConnected(watched));
        }
        watched.wanted = READABLE;
        return watched;
    }

    /** Asks once for each event that says that it may be over. */
    static boolean isConnected(Watched connecting) throws IOException {
        if (!connecting.writable()) {
            return false;
        }
        boolean connected = connecting.socket.finishConnect();
        connecting.known = connected ? WRITABLE : 0;
        return connected;
    }

    /** Waits until a connection can be accepted; it is watched afterwards, for reading. */
    Watched accept(Watched listener) throws IOException {
        AtomicReference<NonBlockingSocket> accepted = new AtomicReference<>();
        until("a connection on " + listener, () -> {
            if (listener.readable()) {
                accepted.set(listener.socket.tryAccept());
                if (accepted.get() == null) {
                    listener.known &= ~READABLE;
                }
            }
            return accepted.get() != null;
        });
        return watch(accepted.get());
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    /** Waits until so many bytes have come, or the stream has ended. */
    byte[] receive(Watched from, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        boolean[] ended = {false};
        until(length + " bytes from " + from, () -> {
            int count;
            do {
                count = target.hasRemaining() ? from.receive(target) : 0;
            } while (count > 0);
            ended[0] = count == NonBlockingSocket.EOF;
            return ended[0] || !target.hasRemaining();
        });
        byte[] received = new byte[target.position()];
        target.flip().get(received);
        return received;
    }

    /** Waits until all is sent. */
    void send(Watched to, ByteBuffer source) throws IOException {
        to.wanted |= WRITABLE;
        until("all sent to " + to, () -> {
            while (source.hasRemaining() && to.send(source) > 0) {}
            return !source.hasRemaining();
        });
        to.wanted &= ~WRITABLE;
    }

    void send(Watched to, String text) throws IOException {
        send(to, ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    /** Waits for the end of the stream; nothing else may come before. */
    void receiveEof(Watched from) throws IOException {
        ByteBuffer room = ByteBuffer.allocate(16);
        until("the end of " + from, () -> {
            int count = from.receive(room);
            if (count >= 0) {
                fail(count + " bytes instead of the end of " + from);
            }
            return count == NonBlockingSocket.EOF;
        });
    }
}
