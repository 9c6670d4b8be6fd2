package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.address.Datagram;
import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.task.Timeout;
import dev.matryoshka.transport.DatagramOptions;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Tells the time in datagrams. Arguments: a port serves there; a port and a word asks there. */
public final class UdpClock {
    private static final int TRIES = 5;

    private UdpClock() {}

    static void serve(EventLoop loop, int port, Clock clock) throws IOException, InterruptedException {
        DatagramOptions here = DatagramOptions.defaults().withLocal("127.0.0.1", port);
        try (DatagramStream stream = loop.openDatagrams(here)) {
            for (Datagram asked; (asked = stream.receive()) != null; ) {
                stream.send(clock.instant().toString().getBytes(UTF_8), asked.sender());
            }
        }
    }

    /** Datagrams get lost, questions and answers alike: who wants an answer asks again. */
    static String ask(EventLoop loop, int port, Duration patience) throws Exception {
        DatagramOptions there = DatagramOptions.defaults().withRemote("127.0.0.1", port);
        try (DatagramStream stream = loop.openDatagrams(there)) {
            for (int i = 1; i <= TRIES; i++) {
                stream.send("what time is it?".getBytes(UTF_8));
                try {
                    return Timeout.within(patience, () -> answer(stream));
                } catch (TimeoutException lost) {
                    System.out.println("no answer to question " + i);
                }
            }
            throw new IOException("nobody tells the time at port " + port);
        }
    }

    private static String answer(DatagramStream stream) throws IOException, InterruptedException {
        Datagram answer = stream.receive();
        return answer == null ? "" : answer.text();
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> {
            if (args.length < 2) {
                serve(loop, port, Clock.systemUTC());
            }
            System.out.println(ask(loop, port, Duration.ofSeconds(1)));
        });
    }
}
