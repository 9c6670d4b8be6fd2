package dev.matryoshka.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** Both ends of a connection, on one loop, and short words for what tests do with sockets. In a task. */
record SocketPair(AsyncSocket client, AsyncSocket server) implements AutoCloseable {
    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    static SocketPair open(TestLoop on) throws Exception {
        return open(on, 0);
    }

    /** @param windowBytes what both ends ask the system to hold, per direction; 0 for the system's default */
    static SocketPair open(TestLoop on, int windowBytes) throws Exception {
        try (AsyncSocket listener = listen(on, windowBytes)) {
            AsyncSocket client = fresh(on);
            if (windowBytes > 0) {
                client.setOption(StandardSocketOptions.SO_SNDBUF, windowBytes);
                client.setOption(StandardSocketOptions.SO_RCVBUF, windowBytes);
            }
            Task<AsyncSocket> accepting = on.loop.createTask("accept", listener::accept);
            client.connect(address(listener));
            AsyncSocket server = accepting.await();
            if (windowBytes > 0) {
                server.setOption(StandardSocketOptions.SO_SNDBUF, windowBytes);
            }
            return new SocketPair(client, server);
        }
    }

    static AsyncSocket fresh(TestLoop on) throws IOException {
        return AsyncSocket.open(on.loop, StandardProtocolFamily.INET);
    }

    static AsyncSocket listen(TestLoop on) throws IOException {
        return listen(on, 0);
    }

    private static AsyncSocket listen(TestLoop on, int windowBytes) throws IOException {
        AsyncSocket listener = fresh(on);
        if (windowBytes > 0) {
            listener.setOption(StandardSocketOptions.SO_RCVBUF, windowBytes);
        }
        listener.bind(new InetSocketAddress(LOOPBACK, 0));
        listener.listen();
        return listener;
    }

    static SocketAddress address(AsyncSocket bound) {
        return Objects.requireNonNull(bound.localAddress());
    }

    /** An address where nobody listens. */
    static SocketAddress deadAddress(TestLoop on) throws Exception {
        SocketAddress address;
        try (AsyncSocket listener = listen(on)) {
            address = address(listener);
        }
        on.passes(2); // the descriptor is released at the end of the pass
        return address;
    }

    /** A listener whose queue is full: what connects to it stays on its way, until {@link #close()} or an accept. */
    record FullListener(AsyncSocket listener, List<AsyncSocket> queued) implements AutoCloseable {
        static FullListener open(TestLoop on) throws Exception {
            AsyncSocket listener = fresh(on);
            listener.bind(new InetSocketAddress(LOOPBACK, 0));
            listener.listen(1);
            List<AsyncSocket> queued = new ArrayList<>();
            for (int i = 0; i < 2; i++) { // Linux queues one more than asked
                AsyncSocket client = fresh(on);
                client.connect(SocketPair.address(listener));
                queued.add(client);
            }
            return new FullListener(listener, queued);
        }

        SocketAddress address() {
            return SocketPair.address(listener);
        }

        /** Makes room for whoever is on its way. */
        void takeQueued() throws Exception {
            for (int i = 0; i < queued.size(); i++) {
                listener.accept().close();
            }
        }

        @Override
        public void close() {
            listener.close();
            queued.forEach(AsyncSocket::close);
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    static String text(byte[] bytes) {
        return new String(bytes, US_ASCII);
    }

    /** Bytes in which every mix-up shows. */
    static byte[] noise(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Receives exactly so many bytes. */
    static byte[] recvExactly(AsyncSocket socket, int count) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (socket.recvInto(buffer) < 0) {
                throw new AssertionError("the stream ended after " + buffer.position() + " of " + count + " bytes");
            }
        }
        return buffer.array();
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
