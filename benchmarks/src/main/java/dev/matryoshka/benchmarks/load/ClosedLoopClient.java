package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** One connection with one batch under way: it sends it, waits for all of the answer, and sends the next. */
final class ClosedLoopClient implements Client {
    private static final int RECEIVE_BYTES = 1 << 20;

    /** Where bytes go that nobody looks at; one for all, as there is one thread. */
    private final ByteBuffer received;

    private final Exchange exchange;
    private final SocketChannel channel;
    private final Talk talk;
    private final ByteBuffer toSend;
    private final SelectionKey key;
    private int toReceive;
    private long sentAt;

    /** The first answer is compared with what it should be; later ones are counted. */
    private boolean compared;

    private ClosedLoopClient(Exchange exchange, SocketChannel channel, Talk talk, ByteBuffer received)
            throws IOException {
        this.received = received;
        this.exchange = exchange;
        this.channel = channel;
        this.talk = talk;
        this.toSend = talk.batch().duplicate();
        this.key = exchange.watch(channel, SelectionKey.OP_READ, this);
    }

    /** Connects so many, and sends their first batches. */
    static void connect(Exchange exchange, Target target, Talk talk, int connections) throws IOException {
        ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES);
        ClosedLoopClient[] clients = new ClosedLoopClient[connections];
        for (int i = 0; i < connections; i++) {
            clients[i] = new ClosedLoopClient(exchange, target.connect(), talk, received);
        }
        for (ClosedLoopClient client : clients) {
            client.sendNext();
        }
    }

    private void sendNext() throws IOException {
        toReceive = talk.answer().limit();
        sentAt = System.nanoTime();
        toSend.clear();
        send();
    }

    private void send() throws IOException {
        channel.write(toSend);
        int wanted = toSend.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    @Override
    public void ready(SelectionKey ready) throws IOException {
        if (ready.isWritable()) {
            send();
        }
        if (ready.isReadable()) {
            receive();
        }
    }

    private void receive() throws IOException {
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
            exchange.answered(talk.requests(), System.nanoTime() - sentAt);
            sendNext();
        }
    }

    private void compare(ByteBuffer bytes) throws IOException {
        int from = talk.answer().limit() - toReceive;
        if (!bytes.equals(talk.answer().slice(from, bytes.remaining()))) {
            throw new IOException("the server has answered something else than what was sent");
        }
    }
}
