package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import dev.matryoshka.transport.DatagramOptions;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/** A client over UDP, where a question or its answer may be lost: asks again until it is answered, ten times at most. */
public final class EchoDatagramClient {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int ATTEMPTS_MAX = 10;

    private EchoDatagramClient() {}

    static String ask(DatagramStream stream, String question) throws Exception {
        for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
            try {
                stream.send(question.getBytes(UTF_8));
                return Timeout.within(
                        PATIENCE, () -> Objects.requireNonNull(stream.receive()).text());
            } catch (TimeoutException lost) {
                System.err.println("no answer, attempt " + attempt);
            } catch (PortUnreachableException nobody) {
                Task.sleep(PATIENCE); // the server may be on its way
            }
        }
        throw new IOException("not answered: " + stream.remoteAddress());
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        DatagramOptions there = DatagramOptions.defaults().withRemote("127.0.0.1", port);
        EventLoop.run(loop -> {
            try (DatagramStream stream = loop.openDatagrams(there)) {
                System.out.println("received: " + ask(stream, "Hello World!"));
            }
        });
    }
}
