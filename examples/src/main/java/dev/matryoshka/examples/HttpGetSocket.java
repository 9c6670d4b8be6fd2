package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.socket.AsyncSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;

/** An HTTP request on the inner doll: connect, send, receive until the server ends. Arguments: host, port, path. */
public final class HttpGetSocket {
    private HttpGetSocket() {}

    static String get(EventLoop loop, String host, int port, String path) throws IOException, InterruptedException {
        try (AsyncSocket socket = loop.openSocket()) {
            socket.connect(InetSocketAddress.createUnresolved(host, port)); // the loop looks the name up
            String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.sendAll(request.getBytes(UTF_8));
            ByteArrayOutputStream response = new ByteArrayOutputStream();
            for (byte[] data; (data = socket.recv(16 * 1024)).length > 0; ) {
                response.write(data);
            }
            return response.toString(UTF_8);
        }
    }

    public static void main(String... args) throws Exception {
        System.out.println(EventLoop.<String>call(loop -> get(loop, args[0], Integer.parseInt(args[1]), args[2])));
    }
}
