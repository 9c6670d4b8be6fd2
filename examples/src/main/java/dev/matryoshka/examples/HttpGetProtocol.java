package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An HTTP request on the middle doll: ask when the connection is made, answer when it is lost. Arguments: host, port, path. */
public final class HttpGetProtocol implements Protocol {
    private final String request;
    private final ByteArrayOutputStream response = new ByteArrayOutputStream();
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    HttpGetProtocol(String host, String path) {
        request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    }

    @Override
    public void connectionMade(Transport transport) {
        transport.write(request.getBytes(UTF_8));
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        response.writeBytes(copy);
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        if (exception == null) {
            answer.complete(response.toString(UTF_8));
        } else {
            answer.completeExceptionally(exception);
        }
    }

    static String get(EventLoop loop, String host, int port, String path) throws Exception {
        return loop.createConnection(() -> new HttpGetProtocol(host, path), host, port)
                .protocol()
                .answer
                .get();
    }

    public static void main(String... args) throws Exception {
        System.out.println(EventLoop.<String>call(loop -> get(loop, args[0], Integer.parseInt(args[1]), args[2])));
    }
}
