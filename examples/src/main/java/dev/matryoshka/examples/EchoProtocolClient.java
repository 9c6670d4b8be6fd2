package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client on the middle doll: sends a message and ends its direction; prints what comes back, until the peer ends too. */
public final class EchoProtocolClient implements Protocol {
    private final StringBuilder received = new StringBuilder();
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    @Override
    public void connectionMade(Transport transport) {
        transport.write("Hello World!".getBytes(UTF_8));
        transport.writeEof();
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        received.append(UTF_8.decode(data)); // all ASCII here: a character of several bytes might come in two pieces
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        if (exception == null) {
            answer.complete(received.toString());
        } else {
            answer.completeExceptionally(exception);
        }
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> {
            EchoProtocolClient client = loop.createConnection(EchoProtocolClient::new, "127.0.0.1", port)
                    .protocol();
            System.out.println("received: " + client.answer.get());
        });
    }
}
