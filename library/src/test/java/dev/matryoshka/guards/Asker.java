package dev.matryoshka.guards;

import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The client of every guard: a protocol, whose own price is known. It asks so many messages at once, waits until all of them are
 * back, and asks again.
 */
final class Asker implements Protocol {
    private final ByteBuffer message;
    private final int messagesAtOnce;
    private CompletableFuture<Void> over = new CompletableFuture<>();
    private Transport transport;
    private int missing;
    private int roundsLeft;

    Asker(int messageBytes, int messagesAtOnce) {
        byte[] line = new byte[messageBytes];
        Arrays.fill(line, (byte) 'x');
        line[messageBytes - 1] = '\n';
        message = ByteBuffer.allocateDirect(messageBytes).put(line);
        this.messagesAtOnce = messagesAtOnce;
    }

    @Override
    public void connectionMade(Transport made) {
        transport = made;
    }

    /** In a task. */
    void ask(int rounds) throws Exception {
        begin(rounds);
        over.get();
    }

    /** In a callback: one round. */
    void begin() {
        begin(1);
    }

    private void begin(int rounds) {
        roundsLeft = rounds;
        over = new CompletableFuture<>();
        next();
    }

    /** In a task: that round's answer. It begins in this pass or the next. */
    void awaitAnswer() throws Exception {
        while (roundsLeft == 0 && !over.isDone()) {
            Task.yield();
        }
        over.get();
    }

    private void next() {
        missing = message.capacity() * messagesAtOnce;
        for (int i = 0; i < messagesAtOnce; i++) {
            transport.write(message.rewind());
        }
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        missing -= data.remaining();
        if (missing == 0) {
            if (--roundsLeft > 0) {
                next();
            } else {
                over.complete(null);
            }
        }
    }

    @Override
    public void connectionLost(@Nullable Throwable reason) {
        over.completeExceptionally(new IOException("the connection ended", reason));
    }

    void close() {
        transport.close();
    }
}
