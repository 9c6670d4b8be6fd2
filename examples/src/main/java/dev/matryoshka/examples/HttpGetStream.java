package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamConnection;
import java.io.IOException;

/** An HTTP request on the outer doll: write, then read to the end. Arguments: host, port, path. */
public final class HttpGetStream {
    private HttpGetStream() {}

    static String get(EventLoop loop, String host, int port, String path) throws IOException, InterruptedException {
        try (StreamConnection connection = loop.openConnection(host, port)) {
            connection
                    .writer()
                    .write("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n", UTF_8);
            return new String(connection.reader().read(-1), UTF_8);
        }
    }

    public static void main(String... args) throws Exception {
        System.out.println(EventLoop.<String>call(loop -> get(loop, args[0], Integer.parseInt(args[1]), args[2])));
    }
}
