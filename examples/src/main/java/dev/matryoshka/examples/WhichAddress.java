package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.transport.ConnectOptions;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Which addresses a host has, and which of them is the first to take a connection. */
public final class WhichAddress {
    private WhichAddress() {}

    public static void main(String... args) throws Exception {
        String host = args.length == 0 ? "localhost" : args[0];
        int port = args.length < 2 ? 8888 : Integer.parseInt(args[1]);
        EventLoop.run(loop -> {
            for (InetSocketAddress address : loop.getAddrInfo(host, port)) {
                System.out.println("has  " + address.getAddress().getHostAddress());
            }
            ConnectOptions options = ConnectOptions.defaults()
                    .withHappyEyeballsDelay(Duration.ofMillis(100))
                    .withTimeout(Duration.ofSeconds(5))
                    .withKeepAlive(true);
            try (StreamConnection made = loop.openConnection(host, port, StreamOptions.defaults(), options)) {
                System.out.println("took " + made.writer().remoteAddress());
            }
        });
    }
}
