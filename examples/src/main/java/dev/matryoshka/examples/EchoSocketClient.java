package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.socket.AsyncSocket;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;

/** A client on the inner doll: the socket calls of every textbook. */
public final class EchoSocketClient {
    private EchoSocketClient() {}

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> {
            try (AsyncSocket socket = loop.openSocket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port));
                socket.sendAll("Hello World!".getBytes(UTF_8));
                socket.shutdownOutput();
                ByteArrayOutputStream received = new ByteArrayOutputStream();
                for (byte[] data; (data = socket.recv(1024)).length > 0; ) {
                    received.write(data);
                }
                System.out.println("received: " + received.toString(UTF_8));
            }
        });
    }
}
