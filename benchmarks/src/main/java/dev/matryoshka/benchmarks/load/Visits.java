package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Connections that are there for one message each: connect, send it, wait for its echo, and then what the load says. */
final class Visits {
    private final Exchange exchange;
    private final Target target;
    private final ByteBuffer message;
    private final ByteBuffer received;
    private final Ending ending;
    private long begun;

    /** What becomes of a connection that has its echo. */
    @FunctionalInterface
    interface Ending {
        void echoed(SocketChannel channel) throws IOException;
    }

    Visits(Exchange exchange, Target target, ByteBuffer message, Ending ending) {
        this.exchange = exchange;
        this.target = target;
        this.message = message;
        this.received = ByteBuffer.allocateDirect(message.limit());
        this.ending = ending;
    }

    /** How many have begun. */
    long begun() {
        return begun;
    }

    /** Begins one more. */
    void begin() throws IOException {
        new Visit();
    }

    private final class Visit implements Client {
        private final ByteBuffer toSend = message.duplicate();
        private final long beganAt = System.nanoTime();
        private final SocketChannel channel;
        private int count;

        Visit() throws IOException {
            channel = target.beginFrom(begun++);
            if (channel.isConnected()) {
                channel.write(toSend);
                exchange.watch(channel, sending(), this);
            } else {
                exchange.watch(channel, SelectionKey.OP_CONNECT, this);
            }
        }

        private int sending() {
            return toSend.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        }

        @Override
        public void ready(SelectionKey key) throws IOException {
            if (key.isConnectable()) {
                target.finish(channel);
            }
            if (key.isReadable()) {
                receive();
            } else {
                channel.write(toSend);
                key.interestOps(sending());
            }
        }

        private void receive() throws IOException {
            int got = channel.read(received.clear());
            if (got < 0) {
                throw new IOException("the server has closed a connection");
            }
            if (!received.flip().equals(message.slice(count, got))) {
                throw new IOException("the server has answered something else than what was sent");
            }
            count += got;
            if (count == message.limit()) {
                exchange.answered(1, System.nanoTime() - beganAt);
                ending.echoed(channel);
            }
        }
    }
}
