package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.fail;

import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** {@link KernelContract} for datagrams: sockets that are watched for reading, and a receive that polls until one has come. */
abstract class DatagramContract extends KernelContract {
    private static final int POLLS_MAX = 1_000;

    final Map<Long, Integer> reported = new HashMap<>();
    private final Map<NonBlockingDatagramSocket, Long> tokens = new HashMap<>();
    private long lastToken = 1_000;

    NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException {
        NonBlockingDatagramSocket socket = kernel.openDatagram(family);
        kernel.poller().register(socket, ++lastToken);
        tokens.put(socket, lastToken);
        return socket;
    }

    /** On a port of its own on the loopback device. */
    NonBlockingDatagramSocket bound() throws IOException {
        return bound(StandardProtocolFamily.INET);
    }

    NonBlockingDatagramSocket bound(StandardProtocolFamily family) throws IOException {
        NonBlockingDatagramSocket socket = openDatagram(family);
        socket.bind(anyAddress(family));
        return socket;
    }

    void close(NonBlockingDatagramSocket socket) {
        kernel.poller().deregister(socket);
        socket.close();
    }

    void poll() throws IOException {
        kernel.poller().poll(MOMENT_NANOS, (token, bits) -> reported.merge(token, bits, (a, b) -> a | b));
    }

    boolean isReported(NonBlockingDatagramSocket socket, int bit) {
        return (reported.getOrDefault(tokens.get(socket), 0) & bit) != 0;
    }

    void forget(NonBlockingDatagramSocket socket) {
        reported.remove(tokens.get(socket));
    }

    static int send(NonBlockingDatagramSocket from, String text, SocketAddress to) throws IOException {
        return from.trySendTo(ByteBuffer.wrap(text.getBytes(UTF_8)), to);
    }

    static InetSocketAddress addressOf(NonBlockingDatagramSocket socket) {
        return (InetSocketAddress) socket.localAddress();
    }

    /** The next datagram, whose readiness the poller has to report. */
    String receive(NonBlockingDatagramSocket socket) throws IOException {
        ByteBuffer room = ByteBuffer.allocate(70_000);
        receiveInto(socket, room);
        return UTF_8.decode(room.flip()).toString();
    }

    int receiveInto(NonBlockingDatagramSocket socket, ByteBuffer room) throws IOException {
        for (int polls = 0; polls < POLLS_MAX; polls++) {
            if (isReported(socket, READABLE)) {
                int count = socket.tryRecvFrom(room);
                if (count != WOULD_BLOCK) {
                    return count;
                }
                forget(socket);
            }
            poll();
        }
        return fail("no datagram for " + socket);
    }

    /** What is under way has had its time. */
    boolean isSilent(NonBlockingDatagramSocket socket) throws IOException {
        for (int i = 0; i < 5; i++) {
            poll();
        }
        return socket.tryRecvFrom(ByteBuffer.allocate(16)) == WOULD_BLOCK;
    }
}
