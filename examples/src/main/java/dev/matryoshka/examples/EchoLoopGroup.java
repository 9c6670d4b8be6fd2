package dev.matryoshka.examples;

import dev.matryoshka.LoopGroup;
import java.util.concurrent.CountDownLatch;

/** Echo on two cores: two loops share a port, and each connection belongs to the one that had the fewest. */
public final class EchoLoopGroup {
    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        try (LoopGroup group = LoopGroup.open(2)) {
            group.startServer(EchoStreamServer::echo, "127.0.0.1", port);
            new CountDownLatch(1).await(); // until the JVM ends
        }
    }
}
