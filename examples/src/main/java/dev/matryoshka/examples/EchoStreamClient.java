package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamConnection;

/** A client on the outer doll: write a line, read a line. */
public final class EchoStreamClient {
    private EchoStreamClient() {}

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> {
            try (StreamConnection echo = loop.openConnection("127.0.0.1", port)) {
                echo.writer().write("Hello World!\n", UTF_8);
                System.out.println("received: " + echo.reader().readLine(UTF_8));
            }
        });
    }
}
