package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.socket.AsyncSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;

/** Echo on the inner doll: BSD's calls, each of which parks its task where a blocking one would block the thread. */
public final class EchoSocketServer {
    private EchoSocketServer() {}

    static void serve(EventLoop loop, int port) throws IOException, InterruptedException {
        try (AsyncSocket listener = loop.openSocket()) {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(new InetSocketAddress("127.0.0.1", port));
            listener.listen();
            while (true) {
                AsyncSocket accepted = listener.accept();
                loop.createTask(() -> echo(accepted));
            }
        }
    }

    private static void echo(AsyncSocket accepted) throws IOException, InterruptedException {
        try (AsyncSocket socket = accepted) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
            while (socket.recvInto(buffer.clear()) >= 0) {
                socket.sendAll(buffer.flip());
            }
        }
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> serve(loop, port));
    }
}
