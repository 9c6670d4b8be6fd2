package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * Closed loop: each connection sends a message, waits for its echo, and sends the next. One thread on a plain
 * {@link Selector}, and nothing is allocated per request: the load must not be what is measured. Plain NIO and not our own
 * loop, so that a mistake of ours does not hide behind itself.
 */
final class EchoLoad implements Load {
    private static final int RECEIVE_BYTES = 1 << 20;
    private static final long LOOK_MILLIS = 100;

    /** No answer on any connection for so long means that the server lost a byte, or is gone. */
    private static final long STALLED_NANOS = Duration.ofSeconds(5).toNanos();

    private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES);
    private final Histogram latencies = LoadResult.newHistogram();
    private ByteBuffer message = ByteBuffer.allocate(0);
    private int sizeBytes;
    private long requests;
    private long now;

    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        sizeBytes = request.size();
        message = Messages.ofSize(sizeBytes);
        try (Selector selector = Selector.open()) {
            try {
                connect(selector, request);
                exchange(selector, request.warmUp());
                requests = 0;
                latencies.reset();
                long cpuBefore = ServerCpu.nanos(request.serverPid());
                long began = System.nanoTime();
                exchange(selector, request.measure());
                long nanos = System.nanoTime() - began;
                long cpuNanos = ServerCpu.nanos(request.serverPid()) - cpuBefore;
                return new LoadResult(requests, nanos, cpuNanos, latencies);
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }
    }

    private void connect(Selector selector, LoadRequest request) throws IOException {
        InetSocketAddress server = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), request.port());
        for (int i = 0; i < request.connections(); i++) {
            SocketChannel channel = SocketChannel.open(server);
            Client client =
                    new Client(channel, channel.configureBlocking(false).register(selector, SelectionKey.OP_READ));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            client.key.attach(client);
        }
        now = System.nanoTime();
        for (SelectionKey key : selector.keys()) {
            ((Client) key.attachment()).sendNext();
        }
    }

    private void exchange(Selector selector, Duration length) throws IOException {
        now = System.nanoTime();
        long end = now + length.toNanos();
        long lastAnswer = now;
        long answered = requests;
        while (now - end < 0) {
            try {
                selector.select(EchoLoad::ready, LOOK_MILLIS);
            } catch (ExchangeException broken) {
                throw broken.cause;
            }
            now = System.nanoTime();
            if (requests != answered) {
                answered = requests;
                lastAnswer = now;
            } else if (now - lastAnswer > STALLED_NANOS) {
                throw new IOException("the server has stopped answering");
            }
        }
    }

    private static void ready(SelectionKey key) {
        Client client = (Client) key.attachment();
        try {
            if (key.isWritable()) {
                client.send();
            }
            if (key.isReadable()) {
                client.receive();
            }
        } catch (IOException broken) {
            throw new ExchangeException(broken);
        }
    }

    /** Carries a failure out of the selector's callback. */
    private static final class ExchangeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final IOException cause;

        ExchangeException(IOException cause) {
            super(cause);
            this.cause = cause;
        }
    }

    /** One connection with one message under way. */
    private final class Client {
        final SocketChannel channel;
        final SelectionKey key;
        final ByteBuffer toSend = message.duplicate();
        int toReceive;
        long sentAt;

        /** The first echo is compared with the message; later ones are counted. */
        boolean compared;

        Client(SocketChannel channel, SelectionKey key) {
            this.channel = channel;
            this.key = key;
        }

        void sendNext() throws IOException {
            toReceive = sizeBytes;
            sentAt = System.nanoTime();
            toSend.clear();
            send();
        }

        void send() throws IOException {
            channel.write(toSend);
            int wanted = toSend.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            if (key.interestOps() != wanted) {
                key.interestOps(wanted);
            }
        }

        void receive() throws IOException {
            received.clear().limit(Math.min(RECEIVE_BYTES, toReceive));
            int count = channel.read(received);
            if (count < 0) {
                throw new IOException("the server has closed a connection");
            }
            if (!compared) {
                compare(received.flip());
            }
            toReceive -= count;
            if (toReceive == 0) {
                compared = true;
                requests++;
                LoadResult.record(latencies, System.nanoTime() - sentAt);
                sendNext();
            }
        }

        private void compare(ByteBuffer echo) throws IOException {
            int from = sizeBytes - toReceive;
            if (!echo.equals(message.slice(from, echo.remaining()))) {
                throw new IOException("the server has answered something else than what was sent");
            }
        }
    }
}
