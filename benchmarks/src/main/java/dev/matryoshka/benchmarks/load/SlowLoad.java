package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Closed loop on half of the connections, which are measured; the others send as much as the server takes, and do not read
 * their echo: every second one never, the rest a little from time to time. What they cost, the first half pays.
 */
final class SlowLoad implements Load {
    private static final long EVERY_NANOS = Duration.ofMillis(10).toNanos();
    private static final long EVERY_MILLIS = 10;
    private static final int LITTLE_BYTES = 4 * 1024;
    private static final int SENT_BYTES = 16 * 1024;

    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        Target target = Target.of(request);
        int half = Math.max(1, request.connections() / 2);
        ByteBuffer message = Messages.ofSize(SENT_BYTES);
        try (Exchange exchange = new Exchange(request)) {
            List<SlowReader> readers = new ArrayList<>();
            for (int i = 0; i < half; i++) {
                SlowReader slow = new SlowReader(exchange, target.connect(), message);
                if (i % 2 == 1) {
                    readers.add(slow);
                }
            }
            ClosedLoopClient.connect(exchange, target, Talk.echo(request.size(), request.depth()), half);
            return exchange.measure(new LittleReads(readers));
        }
    }

    private static final class LittleReads implements Exchange.Turn {
        private final List<SlowReader> readers;
        private final ByteBuffer little = ByteBuffer.allocateDirect(LITTLE_BYTES);
        private long nextAt = System.nanoTime();

        LittleReads(List<SlowReader> readers) {
            this.readers = readers;
        }

        @Override
        public long begin(long now) throws IOException {
            if (now - nextAt >= 0) {
                nextAt = now + EVERY_NANOS;
                for (SlowReader reader : readers) {
                    reader.read(little.clear());
                }
            }
            return EVERY_MILLIS;
        }
    }

    private static final class SlowReader implements Client {
        private final SocketChannel channel;
        private final ByteBuffer toSend;

        SlowReader(Exchange exchange, SocketChannel channel, ByteBuffer message) throws IOException {
            this.channel = channel;
            this.toSend = message.duplicate();
            exchange.watch(channel, SelectionKey.OP_WRITE, this);
        }

        @Override
        public void ready(SelectionKey key) throws IOException {
            if (!toSend.hasRemaining()) {
                toSend.rewind();
            }
            channel.write(toSend);
        }

        void read(ByteBuffer little) throws IOException {
            if (channel.read(little) < 0) {
                throw new IOException("the server has closed a connection that reads slowly");
            }
        }
    }
}
