package dev.matryoshka.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: streams that take a connection over from a protocol find it as that has left it: paused, or at the peer's end, which is
 * told once. Method: a recorder goes before, on plain connections and over TLS.
 */
@ExtendWith(LeakCheck.class)
class TakeOverTest {
    private interface Body {
        void run(TestLoop on, Pair pair) throws Exception;
    }

    static Stream<Arguments> connections() {
        return Net.fair().flatMap(net -> Stream.of(Arguments.of(net, false), Arguments.of(net, true)));
    }

    private static void with(Net net, boolean tls, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Recorder client = new Recorder();
                client.keepOpen = true;
                Recorder server = new Recorder();
                body.run(on, tls ? openTls(on, client, server) : Pair.open(on, client, server));
                on.until("lost", server.heard::isLost);
            });
        }
    }

    private static Pair openTls(TestLoop on, Recorder client, Recorder server) throws Exception {
        try (Server listener = Tls.createServer(
                on.loop, () -> server, "127.0.0.1", 0, Certificates.server(), ServerOptions.defaults())) {
            Tls.createConnection(
                    on.loop,
                    () -> client,
                    "127.0.0.1",
                    listener.port(),
                    Certificates.client(),
                    ConnectOptions.defaults());
            on.until("the server's end is made", server.heard::isMade);
        }
        return new Pair(client, server);
    }

    private static StreamConnection over(Pair pair) {
        return Streams.over(pair.clientTransport(), StreamOptions.defaults());
    }

    private static void end(StreamConnection taken) throws Exception {
        taken.close();
        taken.writer().waitClosed();
    }

    @ParameterizedTest
    @MethodSource("connections")
    void whatWasPausedIsResumedByTheFirstRead(Net net, boolean tls) throws Exception {
        with(net, tls, (on, pair) -> {
            pair.clientTransport().pauseReading();
            pair.serverTransport().write("later".getBytes(US_ASCII));
            on.passes(5);
            StreamConnection taken = over(pair);
            on.passes(5);
            assertThat(taken.reader().bufferedBytes()).as("nobody reads yet").isZero();
            byte[] read = on.within("the bytes", () -> taken.reader().readExactly(5));
            assertThat(read).asString(US_ASCII).isEqualTo("later");
            end(taken);
        });
    }

    @ParameterizedTest
    @MethodSource("connections")
    void afterThePeersEndTheReaderIsAtItsOwnAndTheWriterGoesOn(Net net, boolean tls) throws Exception {
        with(net, tls, (on, pair) -> {
            pair.serverTransport().writeEof();
            on.until("eof", pair.client().heard::isEof);
            StreamConnection taken = over(pair);
            byte[] read = on.within("the end", () -> taken.reader().read(-1));
            assertThat(read).isEmpty();
            taken.writer().write("answer", US_ASCII);
            on.until("the answer has come", () -> pair.server().heard.text().equals("answer"));
            end(taken);
        });
    }

    /** The end has come to the transport, and has not been told. */
    @ParameterizedTest
    @MethodSource("connections")
    void anEndThatStandsBehindPausedBytesIsReadAfterThem(Net net, boolean tls) throws Exception {
        with(net, tls, (on, pair) -> {
            pair.clientTransport().pauseReading();
            pair.serverTransport().write("last words".getBytes(US_ASCII));
            pair.serverTransport().writeEof();
            on.passes(5);
            StreamConnection taken = over(pair);
            byte[] read = on.within("the end", () -> taken.reader().read(-1));
            assertThat(read).asString(US_ASCII).isEqualTo("last words");
            end(taken);
        });
    }
}
