package dev.matryoshka.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.EventLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the test kit does what its page says, in every weather, and its checks fire. Method: small servers on each doll, and
 * programs that leak on purpose.
 */
class TestNetworkTest {
    static Stream<Weather> weathers() {
        return Stream.of(
                Weather.FAIR, Weather.ONE_BYTE_AT_A_TIME, Weather.CLOGGED, Weather.hostile(7), Weather.hostile(8));
    }

    private static final class Echo implements Protocol {
        private Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            transport.write(data);
        }
    }

    @ParameterizedTest
    @MethodSource("weathers")
    void aProtocolAnswersAScriptedPeer(Weather weather) throws Exception {
        try (TestNetwork network = TestNetwork.create(weather)) {
            network.run(loop -> {
                Server server = loop.createServer(Echo::new, "127.0.0.1", 0);
                try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    peer.send("hello, ")
                            .send("world\n")
                            .expect("hello, world\n")
                            .endOutput()
                            .expectEof();
                }
                server.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("weathers")
    void aStreamServerAnswersLineByLine(Weather weather) throws Exception {
        try (TestNetwork network = TestNetwork.create(weather)) {
            network.run(loop -> {
                Server server = loop.startServer(
                        (reader, writer) -> {
                            for (byte[] line; (line = reader.readLine()).length > 0; ) {
                                writer.write(line);
                            }
                        },
                        "127.0.0.1",
                        0);
                try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    peer.send("one\ntwo\nthr").expect("one\ntwo\n").expectSilence(Duration.ofSeconds(5));
                    peer.send("ee\n").expect("three\n").endOutput().expectEof();
                }
                server.close();
                server.waitClosed();
            });
        }
    }

    @Test
    void aClientUnderTestTalksToAScriptedDoor() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            String answer = network.call(loop -> {
                try (ScriptedPeer.Door door = ScriptedPeer.listen(loop)) {
                    Task<String> client = loop.createTask(() -> {
                        try (var connection = loop.openConnection("127.0.0.1", door.port())) {
                            connection.writer().write("PING\n".getBytes(StandardCharsets.UTF_8));
                            return connection.reader().readLine(StandardCharsets.UTF_8);
                        }
                    });
                    try (ScriptedPeer peer = door.accept()) {
                        peer.expect("PING\n").send("PONG\n").expectEof();
                    }
                    return client.await();
                }
            });
            assertThat(answer).isEqualTo("PONG");
        }
    }

    @Test
    void anHourTakesNoTime() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> Task.sleep(Duration.ofHours(1)));
            assertThat(network.elapsed()).isEqualTo(Duration.ofHours(1));
        }
    }

    @Test
    void aResetIsToldFromAnEnd() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                try (ScriptedPeer.Door door = ScriptedPeer.listen(loop);
                        ScriptedPeer here = ScriptedPeer.connect(loop, "127.0.0.1", door.port());
                        ScriptedPeer there = door.accept()) {
                    there.reset();
                    here.expectReset();
                }
            });
        }
    }

    @Test
    void aWrongAnswerFailsWithBothTexts() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            EventLoop loop = network.openLoop();
            Server server = loop.createServer(Echo::new, "127.0.0.1", 0);
            Task<?> test = loop.createTask(() -> {
                try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    peer.send("abc").expect("abd");
                }
            });
            assertThatThrownBy(() -> loop.runUntilComplete(test))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("abd")
                    .hasMessageContaining("abc");
        }
    }

    @Test
    void aStepThatDoesNotHappenFailsWhenItsPatienceIsOver() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            EventLoop loop = network.openLoop();
            Server server = loop.createServer(Echo::new, "127.0.0.1", 0);
            Task<?> test = loop.createTask(() -> {
                try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    peer.withPatience(Duration.ofMinutes(2)).expect("x");
                }
            });
            assertThatThrownBy(() -> loop.runUntilComplete(test))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("PT2M");
        }
    }

    static Stream<EventLoop.Main> leaks() {
        return Stream.of(
                loop -> loop.createServer(Echo::new, "127.0.0.1", 0),
                loop -> loop.callLater(Duration.ofHours(1), () -> {}),
                loop -> loop.createTask(() -> Task.sleep(Duration.ofHours(1))));
    }

    @ParameterizedTest
    @MethodSource("leaks")
    void whatIsLeftOverFailsTheTest(EventLoop.Main leaky) {
        try (TestNetwork network = TestNetwork.create()) {
            assertThatThrownBy(() -> network.run(leaky))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("left over");
        }
    }

    @Test
    void whatNobodyCaughtFailsTheTest() {
        try (TestNetwork network = TestNetwork.create()) {
            IllegalStateException thrown = new IllegalStateException("nobody listens");
            assertThatThrownBy(() -> network.run(loop -> {
                        loop.callSoon(() -> {
                            throw thrown;
                        });
                        Task.sleep(Duration.ZERO);
                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasCause(thrown);
        }
    }

    @Test
    void twoLoopsShareTheClockAndTheNetwork() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            EventLoop first = network.openLoop();
            first.callLater(Duration.ofMinutes(1), first::stop);
            network.advance(Duration.ofMinutes(1));
            first.runForever();
            assertThat(network.elapsed()).isEqualTo(Duration.ofMinutes(1));
            assertThat(List.of(first.kernelName())).containsExactly("memory");
        }
    }
}
