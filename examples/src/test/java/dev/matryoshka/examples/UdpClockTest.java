package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.testing.TestNetwork;
import dev.matryoshka.transport.DatagramEndpoint;
import dev.matryoshka.transport.DatagramOptions;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class UdpClockTest {
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");

    @Test
    void whoAsksIsToldTheTime() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                DatagramEndpoint<UdpClock> clock = loop.createDatagramEndpoint(
                        () -> new UdpClock(Clock.fixed(NOON, ZoneOffset.UTC)),
                        DatagramOptions.defaults().withLocal("127.0.0.1", 0));
                DatagramOptions there =
                        DatagramOptions.defaults().withRemote(clock.transport().localAddress());
                try (DatagramStream asker = loop.openDatagrams(there)) {
                    asker.send("what time is it?".getBytes(UTF_8));
                    assertThat(asker.receive())
                            .isNotNull()
                            .extracting(answer -> answer.text())
                            .isEqualTo(NOON.toString());
                    asker.send(new byte[0]);
                    assertThat(asker.receive()).isNotNull();
                }
                assertThat(clock.protocol().skipped()).isZero();
                clock.transport().close();
            });
        }
    }

    @Test
    void theProgramAnswersASocketOfTheJdk() throws Exception {
        try (DatagramSocket asker = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            int port = FreePort.next();
            Thread program = new Thread(() -> run(port), "example");
            program.start();
            asker.setSoTimeout(100);
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            for (int tries = 0; answer.getPort() <= 0 && tries < 200; tries++) {
                asker.send(new DatagramPacket(new byte[1], 1, InetAddress.getLoopbackAddress(), port));
                try {
                    asker.receive(answer);
                } catch (SocketTimeoutException notYet) {
                    // it may be on its way
                }
            }
            assertThat(answer.getPort()).isEqualTo(port);
            assertThat(Instant.parse(new String(answer.getData(), 0, answer.getLength(), UTF_8)))
                    .isAfter(NOON.minusSeconds(1_000_000_000));
            program.interrupt();
            assertThat(program.join(Duration.ofSeconds(20))).isTrue();
        }
    }

    private static void run(int port) {
        try {
            UdpClock.main(String.valueOf(port));
        } catch (InterruptedException | CancellationException stopped) {
            // as intended
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }
}
