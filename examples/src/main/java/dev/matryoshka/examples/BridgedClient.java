package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Protocol;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks below, straight-line code above: the protocol puts what it hears into a queue and a future, and a task waits for
 * them. They are the JDK's own: in a task, waiting for them parks the task and not the loop.
 */
public final class BridgedClient implements Protocol {
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> connectionLost = new CompletableFuture<>();

    @Override
    public void dataReceived(ByteBuffer data) {
        byte[] copy = new byte[data.remaining()]; // what is lent is gone when this returns
        data.get(copy);
        received.add(copy);
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        connectionLost.complete(exception == null ? "closed" : "lost: " + exception.getMessage());
    }

    static void talk(EventLoop loop, int port) throws Exception {
        Connection<BridgedClient> connection = loop.createConnection(BridgedClient::new, "127.0.0.1", port);
        BridgedClient client = connection.protocol();
        for (String message : new String[] {"Hello", "World!"}) {
            connection.transport().write(message.getBytes(UTF_8));
            System.out.println("received: " + new String(client.received.take(), UTF_8));
        }
        connection.transport().close();
        System.out.println(client.connectionLost.get());
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> talk(loop, port));
    }
}
