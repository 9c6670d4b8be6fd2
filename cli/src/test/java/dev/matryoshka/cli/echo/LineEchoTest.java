package dev.matryoshka.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.cli.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Echo line by line, on each doll and each kernel: nothing before the line is whole, and a limit. */
@ParameterizedClass(name = "{0}, {1}")
@MethodSource("dollsAndKernels")
class LineEchoTest {
    private static final int MAX = EchoOptions.LINE_MAX_BYTES;

    private final Doll doll;
    private final String kernel;
    private RunningEcho server;

    LineEchoTest(Doll doll, String kernel) {
        this.doll = doll;
        this.kernel = kernel;
    }

    static Stream<Arguments> dollsAndKernels() {
        return Stream.of(Doll.values()).flatMap(doll -> TestKernels.all().map(kernel -> Arguments.of(doll, kernel)));
    }

    @BeforeEach
    void start() throws Exception {
        server = RunningEcho.start(doll, kernel, true);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private TestClient connect() throws Exception {
        return new TestClient(server.address());
    }

    @Test
    void wholeLinesComeBackAndAnUnfinishedOneWaits() throws Exception {
        try (TestClient client = connect()) {
            client.send("one\ntwo\n\nth");
            assertThat(client.receive(9)).isEqualTo("one\ntwo\n\n");
            client.send("ree\nfour\nfi");
            assertThat(client.receive(11)).isEqualTo("three\nfour\n");
            client.send("ve\n");
            assertThat(client.receive(5)).isEqualTo("five\n");
        }
    }

    @Test
    void aLineThatComesByteByByteComesBackWhole() throws Exception {
        try (TestClient client = connect()) {
            for (char c : "slowly\n".toCharArray()) {
                client.send(String.valueOf(c));
            }
            assertThat(client.receive(7)).isEqualTo("slowly\n");
        }
    }

    @Test
    void theUnfinishedLastLineComesBackAtTheEnd() throws Exception {
        try (TestClient client = connect()) {
            client.send("one\ntwo");
            client.endSending();
            assertThat(client.receiveAll()).isEqualTo("one\ntwo");
        }
    }

    @Test
    void manyLinesInFlightComeBackInOrder() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            lines.append(i).append("x".repeat(i % 97)).append('\n');
        }
        try (TestClient client = connect()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send(lines.toString());
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            });
            assertThat(client.receive(lines.length())).isEqualTo(lines.toString());
            sender.join();
        }
    }

    @Test
    void aLineOfExactlyTheLimitComesBack() throws Exception {
        String longest = "y".repeat(MAX) + "\n";
        try (TestClient client = connect()) {
            for (int i = 0; i < 3; i++) {
                client.send("short\n" + longest);
                assertThat(client.receive(6 + MAX + 1)).isEqualTo("short\n" + longest);
            }
        }
        assertThat(server.complaints()).isEmpty();
    }

    @Test
    void aLongerLineEndsItsConnectionAndIsToldOnce() throws Exception {
        try (TestClient other = connect();
                TestClient client = connect()) {
            client.send("fine\n");
            assertThat(client.receive(5)).isEqualTo("fine\n");
            client.send("z".repeat(MAX + 1));

            Await.until("the connection has ended", () -> server.clientCount() == 1);
            assertThat(server.complaints())
                    .singleElement()
                    .asString()
                    .startsWith("line longer than 65536 bytes from ")
                    .contains("127.0.0.1")
                    .endsWith(": connection closed");
            other.send("still here\n");
            assertThat(other.receive(11)).isEqualTo("still here\n");
        }
    }

    @Test
    void theLinesBeforeALongerOneComeBack() throws Exception {
        try (TestClient client = connect()) {
            client.send("one\ntwo\n" + "z".repeat(MAX + 1) + "\n");
            assertThat(client.receive(8)).isEqualTo("one\ntwo\n");
            Await.until("the connection has ended", () -> server.clientCount() == 0);
        }
        assertThat(server.complaints()).hasSize(1);
    }

    @Test
    void aPeerThatNeverReadsIsNotReadFrom() throws Exception {
        try (Flood flood = new Flood(server.address());
                TestClient other = connect()) {
            long sent = flood.sendUntilStuck();

            assertThat(sent).isLessThan(Flood.SOCKETS_TAKE_MAX_BYTES);
            other.send("others are served\n");
            assertThat(other.receive(18)).isEqualTo("others are served\n");
            assertThat(flood.receiveAll()).isEqualTo(sent);
        }
    }
}
