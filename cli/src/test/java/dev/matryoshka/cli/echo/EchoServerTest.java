package dev.matryoshka.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.cli.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every echo server promises, on each doll and each kernel: whole echoes, bounded memory, a good end. */
@ParameterizedClass(name = "{0}, {1}")
@MethodSource("dollsAndKernels")
class EchoServerTest {
    private final Doll doll;
    private final String kernel;
    private RunningEcho server;

    EchoServerTest(Doll doll, String kernel) {
        this.doll = doll;
        this.kernel = kernel;
    }

    static Stream<Arguments> dollsAndKernels() {
        return Stream.of(Doll.values()).flatMap(doll -> TestKernels.all().map(kernel -> Arguments.of(doll, kernel)));
    }

    @BeforeEach
    void start() throws Exception {
        server = RunningEcho.start(doll, kernel, false);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private TestClient connect() throws Exception {
        return new TestClient(server.address());
    }

    @Test
    void whatIsSentComesBack() throws Exception {
        byte[] message = new byte[3 * 1024 * 1024];
        new Random(1).nextBytes(message);
        try (TestClient client = connect()) {
            for (int size : new int[] {1, 5, 1000, 4095, 4096, 4097, 65_536, 262_144, 262_145, message.length}) {
                byte[] part = Arrays.copyOf(message, size);
                Thread sender = Thread.ofVirtual().start(() -> sendAll(client, part));
                assertThat(client.receiveBytes(size)).isEqualTo(part);
                sender.join();
            }
        }
    }

    private static void sendAll(TestClient client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Test
    void singleBytesComeBackOneByOne() throws Exception {
        try (TestClient client = connect()) {
            for (int i = 0; i < 500; i++) {
                String one = String.valueOf((char) ('a' + i % 26));
                client.send(one);
                assertThat(client.receive(1)).isEqualTo(one);
            }
        }
    }

    @Test
    void singleBytesInARowComeBackInOrder() throws Exception {
        try (TestClient client = connect()) {
            for (int i = 0; i < 2_000; i++) {
                client.send(new byte[] {(byte) i});
            }
            byte[] echo = client.receiveBytes(2_000);
            for (int i = 0; i < echo.length; i++) {
                assertThat(echo[i]).isEqualTo((byte) i);
            }
        }
    }

    @Tag("S-56")
    @Tag("S-58")
    @Test
    void whoEndsItsDirectionStillGetsEverythingAndThenTheEnd() throws Exception {
        String message = "x".repeat(50_000) + "!";
        try (TestClient client = connect()) {
            client.send(message);
            client.endSending();

            assertThat(client.receiveAll()).isEqualTo(message);
        }
        Await.until("no client is left", () -> server.clientCount() == 0);
    }

    @Test
    void whoEndsAtOnceGetsTheEnd() throws Exception {
        try (TestClient client = connect()) {
            client.endSending();
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void aResetEndsItsConnectionOnly() throws Exception {
        try (TestClient other = connect()) {
            for (int i = 0; i < 20; i++) {
                TestClient client = connect();
                client.send("gone");
                client.reset();
            }
            other.send("here");
            assertThat(other.receive(4)).isEqualTo("here");
            Await.until("one client is left", () -> server.clientCount() == 1);
        }
    }

    @Test
    void twoHundredClientsAtOnceAreServed() throws Exception {
        List<TestClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                clients.add(connect());
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < clients.size(); i++) {
                    clients.get(i).send("client " + (1000 + i));
                }
                for (int i = 0; i < clients.size(); i++) {
                    assertThat(clients.get(i).receive(11)).isEqualTo("client " + (1000 + i));
                }
            }
            assertThat(server.clientCount()).isEqualTo(200);
        } finally {
            clients.forEach(TestClient::close);
        }
        Await.until("no client is left", () -> server.clientCount() == 0);
    }

    @Test
    void fifteenHundredConnectionsInARowAreServed() throws Exception {
        for (int i = 0; i < 1_500; i++) {
            try (TestClient client = connect()) {
                client.send("hello");
                assertThat(client.receive(5)).isEqualTo("hello");
            }
        }
        Await.until("no client is left", () -> server.clientCount() == 0);
    }

    @Tag("S-55")
    @Test
    void aPeerThatNeverReadsIsNotReadFrom() throws Exception {
        try (Flood flood = new Flood(server.address());
                TestClient other = connect()) {
            long sent = flood.sendUntilStuck();

            assertThat(sent).isLessThan(Flood.SOCKETS_TAKE_MAX_BYTES);
            other.send("others are served");
            assertThat(other.receive(17)).isEqualTo("others are served");
            assertThat(flood.receiveAll()).isEqualTo(sent);
        }
    }

    @Test
    void drainingLetsIdleClientsSeeTheEnd() throws Exception {
        try (TestClient idle = connect();
                TestClient busy = connect()) {
            busy.send("hello");
            assertThat(busy.receive(5)).isEqualTo("hello");
            Await.until("both are accepted", () -> server.clientCount() == 2);

            server.beginDraining();

            assertThat(idle.atEnd()).isTrue();
            assertThat(busy.atEnd()).isTrue();
            assertThat(server.endedWithin(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void drainingDropsAPeerThatDoesNotTakeWhatItIsOwed() throws Exception {
        try (Flood flood = new Flood(server.address())) {
            flood.sendUntilStuck();

            server.beginDraining();

            assertThat(server.endedWithin(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void aDrainingServerAcceptsNobody() throws Exception {
        server.beginDraining();
        assertThat(server.endedWithin(Duration.ofSeconds(20))).isTrue();

        try (SocketChannel bound = SocketChannel.open().bind(server.address())) { // so that nobody else takes the port
            assertThat(bound.isOpen()).isTrue();
            assertThatThrownBy(this::connect).isInstanceOf(SocketException.class);
        }
    }
}
