package dev.matryoshka.kernel.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** One kernel of a network under test, and short words for what tests do with it. */
public final class Side implements AutoCloseable {
    public static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    public final Kernel kernel;
    private final Map<Long, Integer> happened = new HashMap<>();

    public Side(KernelProvider network) throws IOException {
        kernel = network.open();
    }

    public static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(LOOPBACK, port);
    }

    public NonBlockingSocket open() throws IOException {
        return kernel.openStream(StandardProtocolFamily.INET);
    }

    /** A listener on a port of its own, registered with a token. */
    public NonBlockingSocket listen(int backlog, long token) throws IOException {
        NonBlockingSocket listener = open();
        listener.bind(loopback(0));
        listener.listen(backlog);
        kernel.poller().register(listener, token);
        return listener;
    }

    /** A client on its way to an address, registered with a token. */
    public NonBlockingSocket connect(SocketAddress remote, long token) throws IOException {
        NonBlockingSocket client = open();
        assertThat(client.tryConnect(remote)).isFalse();
        kernel.poller().register(client, token);
        return client;
    }

    /** A connection from this side to that one, not registered: {@code [client, server]}. */
    public NonBlockingSocket[] pair(Side server) throws IOException {
        NonBlockingSocket listener = server.open();
        listener.bind(loopback(0));
        listener.listen(1);
        NonBlockingSocket client = open();
        assertThat(client.tryConnect(address(listener))).isFalse();
        assertThat(client.finishConnect()).isTrue();
        NonBlockingSocket accepted = Objects.requireNonNull(listener.tryAccept());
        listener.close();
        return new NonBlockingSocket[] {client, accepted};
    }

    public static SocketAddress address(NonBlockingSocket bound) {
        return Objects.requireNonNull(bound.localAddress());
    }

    /** Looks, without waiting, and answers what happened to a token since it was asked last. */
    public int poll(long token) throws IOException {
        return poll(token, 0);
    }

    public int poll(long token, long timeoutNanos) throws IOException {
        kernel.poller().poll(timeoutNanos, (which, bits) -> happened.merge(which, bits, (a, b) -> a | b));
        Integer bits = happened.remove(token);
        return bits == null ? 0 : bits;
    }

    public static int send(NonBlockingSocket socket, String text) throws IOException {
        return socket.trySend(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    /** What comes in one call: the text, {@code "EOF"} or {@code "WOULD_BLOCK"}. */
    public static String receive(NonBlockingSocket socket) throws IOException {
        return receive(socket, 1000);
    }

    public static String receive(NonBlockingSocket socket, int room) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(room);
        int count = socket.tryRecv(buffer);
        return switch (count) {
            case NonBlockingSocket.EOF -> "EOF";
            case NonBlockingSocket.WOULD_BLOCK -> "WOULD_BLOCK";
            default -> new String(buffer.array(), 0, count, US_ASCII);
        };
    }

    /** Sends until nothing more is taken; how many bytes went. */
    public static int fill(NonBlockingSocket socket) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 20);
        int total = 0;
        for (int count; (count = socket.trySend(bytes)) != NonBlockingSocket.WOULD_BLOCK; total += count) {}
        return total;
    }

    public static boolean has(int readiness, int bits) {
        return (readiness & bits) == bits;
    }

    public static final int BROKEN = Readiness.READABLE | Readiness.WRITABLE | Readiness.HANGUP | Readiness.ERROR;

    @Override
    public void close() {
        kernel.close();
    }
}
