package dev.matryoshka.benchmarks.load;

import dev.matryoshka.benchmarks.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Takes what a source sends, as fast as it can. A request is {@value Payload#CHUNK_BYTES} bytes; nobody asks for them. */
final class BulkLoad implements Load {
    private static final int RECEIVE_BYTES = 256 * 1024;

    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        Target target = Target.of(request);
        ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES);
        try (Exchange exchange = new Exchange(request)) {
            for (int i = 0; i < request.connections(); i++) {
                exchange.watch(target.connect(), SelectionKey.OP_READ, new Sink(exchange, received));
            }
            return exchange.measure();
        }
    }

    private static final class Sink implements Client {
        private final Exchange exchange;
        private final ByteBuffer received;
        private boolean compared;

        Sink(Exchange exchange, ByteBuffer received) {
            this.exchange = exchange;
            this.received = received;
        }

        @Override
        public void ready(SelectionKey key) throws IOException {
            int count = ((SocketChannel) key.channel()).read(received.clear());
            if (count < 0) {
                throw new IOException("the server has closed a connection");
            }
            if (!compared) {
                compare(Math.min(count, Payload.CHUNK_BYTES));
            }
            exchange.received(count, Payload.CHUNK_BYTES);
        }

        private void compare(int count) throws IOException {
            if (!received.slice(0, count).equals(ByteBuffer.wrap(Payload.array(count)))) {
                throw new IOException("the server has sent something else than it should");
            }
            compared = true;
        }
    }
}
