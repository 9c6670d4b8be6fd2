package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Closed loop over UDP: each socket sends a datagram, waits for its echo, sends the next. */
final class UdpLoad implements Load {
    /** How many of the datagrams that were sent did not come back. */
    static final String LOST = "lost";

    /** An echo that takes so long will not come. */
    private static final long LOST_NANOS = Duration.ofMillis(200).toNanos();

    private static final long LOOK_MILLIS = 50;

    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        Target target = Target.of(request);
        int size = Math.max(Long.BYTES, request.size());
        List<Sender> senders = new ArrayList<>();
        try (Exchange exchange = new Exchange(request)) {
            for (int i = 0; i < request.connections(); i++) {
                DatagramChannel channel = DatagramChannel.open();
                senders.add(new Sender(exchange, channel, size));
                channel.connect(target.address());
            }
            for (Sender sender : senders) {
                sender.sendNext();
            }
            LoadResult result = exchange.measure(now -> {
                for (Sender sender : senders) {
                    sender.giveUp(now);
                }
                return LOOK_MILLIS;
            });
            return result.with(
                    LOST, senders.stream().mapToLong(sender -> sender.lost).sum());
        }
    }

    /** Each datagram begins with its number, so that an echo which comes after all is not taken for another's. */
    private static final class Sender implements Client {
        private final Exchange exchange;
        private final DatagramChannel channel;
        private final ByteBuffer datagram;
        private final ByteBuffer received;
        private long number;
        private long sentAt;
        private boolean compared;
        long lost;

        Sender(Exchange exchange, DatagramChannel channel, int size) throws IOException {
            this.exchange = exchange;
            this.channel = channel;
            this.datagram = Messages.ofSize(size);
            this.received = ByteBuffer.allocateDirect(size + 1);
            channel.configureBlocking(false);
            exchange.watch(channel, SelectionKey.OP_READ, this);
        }

        void sendNext() throws IOException {
            number++;
            sentAt = System.nanoTime();
            datagram.clear().putLong(0, number);
            channel.write(datagram);
        }

        void giveUp(long now) throws IOException {
            if (now - sentAt > LOST_NANOS) {
                lost++;
                sendNext();
            }
        }

        @Override
        public void ready(SelectionKey key) throws IOException {
            int count = receive();
            if (count < Long.BYTES || received.getLong(0) != number) {
                return;
            }
            if (!compared && !received.flip().equals(datagram.flip())) {
                throw new IOException("the server has answered something else than what was sent");
            }
            compared = true;
            exchange.answered(1, System.nanoTime() - sentAt);
            sendNext();
        }

        private int receive() throws IOException {
            try {
                return channel.read(received.clear());
            } catch (PortUnreachableException nobody) {
                throw new IOException("nobody listens at " + channel.getRemoteAddress(), nobody);
            }
        }
    }
}
