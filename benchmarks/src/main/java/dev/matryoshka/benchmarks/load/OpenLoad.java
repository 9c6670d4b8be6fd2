package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * Open loop: requests are due at fixed times, whether earlier ones were answered or not, and a latency counts from when its
 * request was due. So a server that stalls is charged for all that should have been asked meanwhile (Tene: "coordinated
 * omission"). Connections take turns. It does not sleep between requests, which would round their times to milliseconds.
 */
final class OpenLoad implements Load {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        Target target = Target.of(request);
        long rate = request.rate();
        try (Exchange exchange = new Exchange(request)) {
            ByteBuffer message = Messages.ofSize(request.size());
            Line[] lines = new Line[request.connections()];
            for (int i = 0; i < lines.length; i++) {
                lines[i] = new Line(exchange, target.connect(), message);
            }
            return exchange.measure(new Schedule(rate, lines));
        }
    }

    /** When which connection is to send. */
    private static final class Schedule implements Exchange.Turn {
        private final long rate;
        private final Line[] lines;
        private final long start = System.nanoTime();
        private long sent;

        Schedule(long rate, Line[] lines) {
            this.rate = rate;
            this.lines = lines;
        }

        private long dueAt(long number) {
            return start + number / rate * SECOND_NANOS + number % rate * SECOND_NANOS / rate;
        }

        @Override
        public long begin(long now) throws IOException {
            for (long due; now - (due = dueAt(sent)) >= 0; sent++) {
                if (!lines[(int) (sent % lines.length)].send(due)) {
                    throw new IOException("the server cannot keep up with " + rate + " requests a second");
                }
            }
            return 0;
        }

        @Override
        public void end(long now) {
            for (Line line : lines) {
                line.count(now);
            }
        }
    }

    /** One connection with the times of what is under way on it, oldest first. */
    private static final class Line implements Client {
        /** Beyond that the server is not measured any more, only its queue. A power of two. */
        private static final int UNDER_WAY_MAX = 1 << 14;

        private static final int RECEIVE_BYTES = 64 * 1024;

        private final Exchange exchange;
        private final SocketChannel channel;
        private final ByteBuffer message;
        private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES);
        private final SelectionKey key;
        private final long[] dueTimes = new long[UNDER_WAY_MAX];
        private long asked;
        private long answered;
        private int unsentMessages;
        private int partBytes;
        private boolean compared;

        Line(Exchange exchange, SocketChannel channel, ByteBuffer message) throws IOException {
            this.exchange = exchange;
            this.channel = channel;
            this.message = message.duplicate();
            this.key = exchange.watch(channel, SelectionKey.OP_READ, this);
            this.message.position(message.limit());
        }

        /** Returns false when too much is under way. */
        boolean send(long dueAt) throws IOException {
            if (asked - answered == UNDER_WAY_MAX) {
                return false;
            }
            dueTimes[(int) (asked++ & UNDER_WAY_MAX - 1)] = dueAt;
            unsentMessages++;
            send();
            return true;
        }

        private void send() throws IOException {
            while (message.hasRemaining() || unsentMessages > 0) {
                if (!message.hasRemaining()) {
                    unsentMessages--;
                    message.rewind();
                }
                channel.write(message);
                if (message.hasRemaining()) {
                    key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                    return;
                }
            }
        }

        @Override
        public void ready(SelectionKey ready) throws IOException {
            if (ready.isWritable()) {
                ready.interestOps(SelectionKey.OP_READ);
                send();
            }
            if (ready.isReadable()) {
                receive();
            }
        }

        private void receive() throws IOException {
            int count = channel.read(received.clear());
            if (count < 0) {
                throw new IOException("the server has closed a connection");
            }
            if (!compared) {
                compare(Math.min(count, message.limit() - partBytes));
            }
            for (partBytes += count; partBytes >= message.limit(); partBytes -= message.limit()) {
                compared = true;
                exchange.answered(1, System.nanoTime() - dueTimes[(int) (answered++ & UNDER_WAY_MAX - 1)]);
            }
        }

        private void compare(int count) throws IOException {
            if (!received.slice(0, count).equals(message.slice(partBytes, count))) {
                throw new IOException("the server has answered something else than what was sent");
            }
        }

        void count(long now) {
            while (answered < asked) {
                exchange.unanswered(now - dueTimes[(int) (answered++ & UNDER_WAY_MAX - 1)]);
            }
        }
    }
}
