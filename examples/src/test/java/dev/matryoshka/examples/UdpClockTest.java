package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.EventLoop;
import dev.matryoshka.address.Datagram;
import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import dev.matryoshka.testing.TestNetwork;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class UdpClockTest {
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");

    @Test
    void whoAsksIsToldTheTime() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                Task<?> server = loop.createTask(() -> UdpClock.serve(loop, 123, Clock.fixed(NOON, ZoneOffset.UTC)));
                Task.sleep(Duration.ofMillis(1));

                assertThat(UdpClock.ask(loop, 123, Duration.ofSeconds(1))).isEqualTo(NOON.toString());
                server.cancel();
            });
        }
    }

    @Test
    void aQuestionThatGotLostIsAskedAgain() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                Task<?> hardOfHearing = loop.createTask(() -> answerThirdQuestion(loop));
                Task.sleep(Duration.ofMillis(1));

                assertThat(UdpClock.ask(loop, 123, Duration.ofSeconds(1))).isEqualTo("late");
                hardOfHearing.await();
            });
            assertThat(network.elapsed()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(3));
        }
    }

    private static void answerThirdQuestion(EventLoop loop) throws Exception {
        try (AsyncDatagramSocket socket = loop.openDatagramSocket(StandardProtocolFamily.INET)) {
            socket.bind(new InetSocketAddress("127.0.0.1", 123));
            socket.recvFrom(100);
            socket.recvFrom(100);
            Datagram third = socket.recvFrom(100);
            socket.sendTo("late".getBytes(StandardCharsets.UTF_8), third.sender());
        }
    }

    @Test
    void whoNeverHearsAnythingGivesUp() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                try (AsyncDatagramSocket deaf = loop.openDatagramSocket(StandardProtocolFamily.INET)) {
                    deaf.bind(new InetSocketAddress("127.0.0.1", 123));
                    assertThatThrownBy(() -> UdpClock.ask(loop, 123, Duration.ofSeconds(1)))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("123");
                }
            });
        }
    }

    @Test
    void theProgramsTalk() throws Exception {
        int port = freePort();
        EventLoop.run(loop -> {
            Task<?> server = loop.createTask(() -> UdpClock.serve(loop, port, Clock.fixed(NOON, ZoneOffset.UTC)));
            assertThat(Timeout.within(Duration.ofSeconds(20), () -> untilItServes(loop, port)))
                    .isEqualTo(NOON.toString());
            server.cancel();
        });
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String untilItServes(EventLoop loop, int port) throws Exception {
        while (true) {
            try {
                return UdpClock.ask(loop, port, Duration.ofSeconds(10));
            } catch (PortUnreachableException notYet) {
                Task.sleep(Duration.ofMillis(5));
            }
        }
    }
}
