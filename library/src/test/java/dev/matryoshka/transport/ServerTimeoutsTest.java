package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: a connection on which nothing moves is ended in time, one on which something moves never; and that costs a message
 * nothing. Method: a clock that the test pushes; timers and callbacks are counted.
 */
@ExtendWith(LeakCheck.class)
@Proves({"W7", "create_server"})
class ServerTimeoutsTest {
    private final List<Recorder> ends = new ArrayList<>();

    private Recorder end() {
        ends.add(new Recorder());
        return ends.getLast();
    }

    private Server serve(TestLoop on, ServerOptions options) throws Exception {
        return on.loop.createServer(this::end, "127.0.0.1", 0, options);
    }

    private static ServerOptions idle(long seconds) {
        return ServerOptions.defaults().withIdleTimeout(Duration.ofSeconds(seconds));
    }

    private static void sleep(long millis) throws InterruptedException {
        Task.sleep(Duration.ofMillis(millis));
    }

    @Test
    void aConnectionThatIsIdleForTheWholeTimeIsEnded() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, idle(4));
                Peer peer = Peer.connect(on, server.port());
                on.until("it is served", () -> server.clientCount() == 1);
                on.passes(1);
                sleep(3_900);
                assertThat(server.clientCount()).isEqualTo(1);
                sleep(200);
                assertThat(ends.getFirst().heard.summary()).isEqualTo("made lost");
                assertThat(ends.getFirst().heard.reason())
                        .isInstanceOf(SocketTimeoutException.class)
                        .hasMessageContaining("PT4S")
                        .hasMessageContaining("127.0.0.1");
                assertThat(server.clientCount()).isZero();
                peer.close();
                server.close();
            });
        }
    }

    @Test
    void aByteFromThePeerBuysTheWholeTimeAgainAndAtMostAQuarterMore() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, idle(4));
                Peer peer = Peer.connect(on, server.port());
                on.until("it is served", () -> server.clientCount() == 1);
                on.passes(1);
                sleep(3_100);
                peer.send("x");
                sleep(3_950);
                assertThat(server.clientCount()).as("3.95 s after the byte").isEqualTo(1);
                sleep(1_050);
                assertThat(server.clientCount()).as("5 s after the byte").isZero();
                peer.close();
                server.close();
            });
        }
    }

    @Test
    void bytesToThePeerCountWhenTheyMoveAndNotWhenTheyPileUp() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, idle(4));
                Peer peer = Peer.connect(on, server.port());
                on.until("it is served", () -> server.clientCount() == 1);
                on.passes(1);
                Transport transport = ends.getFirst().transport();
                for (int i = 0; i < 10; i++) {
                    sleep(2_000);
                    transport.write(ByteBuffer.allocate(10));
                }
                assertThat(server.clientCount()).isEqualTo(1);
                transport.write(
                        ByteBuffer.allocate(1_000_000)); // more than the windows hold, and the peer does not read
                for (int i = 0; i < 6; i++) {
                    sleep(1_000);
                    if (!transport.isClosing()) {
                        transport.write(ByteBuffer.allocate(10));
                    }
                }
                assertThat(ends.getFirst().heard.reason()).isInstanceOf(SocketTimeoutException.class);
                assertThat(transport.droppedBytes()).isPositive();
                peer.close();
                server.close();
            });
        }
    }

    @Test
    void aConnectionThatCannotFlushItsLastBytesIsEndedToo() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, idle(4));
                Peer peer = Peer.connect(on, server.port());
                on.until("it is served", () -> server.clientCount() == 1);
                on.passes(1);
                ends.getFirst().transport().write(ByteBuffer.allocate(1_000_000));
                server.close();
                server.closeClients();
                server.waitClosed();
                assertThat(ends.getFirst().heard.reason()).isInstanceOf(SocketTimeoutException.class);
                peer.close();
            });
        }
    }

    @Test
    void theFirstByteHasALimitOfItsOwnAndOnlyTheFirst() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, ServerOptions.defaults().withFirstByteTimeout(Duration.ofSeconds(2)));
                Peer swift = Peer.connect(on, server.port());
                Peer mute = Peer.connect(on, server.port());
                on.until("both are served", () -> server.clientCount() == 2);
                on.passes(1);
                ends.get(1).transport().write(ByteBuffer.allocate(5)); // a greeting is not the peer's byte
                sleep(1_500);
                swift.send("x");
                sleep(600);
                assertThat(ends.get(1).heard.reason())
                        .isInstanceOf(SocketTimeoutException.class)
                        .hasMessageContaining("PT2S");
                sleep(60_000);
                assertThat(ends.get(0).heard.isLost()).isFalse();
                assertThat(on.engine.load().timers())
                        .as("nobody is awaited any more")
                        .isZero();
                swift.close();
                mute.close();
                server.close();
                server.waitClosed();
            });
        }
    }

    @Test
    void oneTimerServesAllConnectionsAndGoesWithTheLast() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, idle(4));
                List<Peer> peers = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    peers.add(Peer.connect(on, server.port()));
                    sleep(10);
                }
                on.until("all are served", () -> server.clientCount() == 20);
                assertThat(on.engine.load().timers()).isEqualTo(1);
                for (int leaving : new int[] {10, 0, 17}) { // the middle, the head, the tail
                    peers.remove(leaving).close();
                }
                on.until("three have left", () -> server.clientCount() == 17);
                sleep(3_500);
                assertThat(server.clientCount()).isEqualTo(17);
                peers.getFirst().send("x");
                sleep(1_500);
                assertThat(server.clientCount()).as("who has sent stays").isEqualTo(1);
                peers.forEach(Peer::close);
                on.until("all have left", () -> server.clientCount() == 0);
                assertThat(on.engine.load().timers()).isZero();
                server.close();
            });
        }
    }

    @Test
    void aMessageCostsNoTimerAndNoCallback() throws Exception {
        int[] timers = new int[2];
        long[] callbacks = new long[2];
        for (int run = 0; run < 2; run++) {
            int index = run;
            ServerOptions options = run == 0 ? ServerOptions.defaults() : idle(3_600);
            try (TestLoop on = TestLoop.over(Net.MEMORY)) {
                on.run(() -> {
                    Server server = serve(on, options);
                    Peer peer = Peer.connect(on, server.port());
                    on.until("it is served", () -> server.clientCount() == 1);
                    on.passes(1);
                    int timersBefore = on.engine.load().timers();
                    long callbacksBefore = on.engine.counters().callbacks;
                    for (int i = 0; i < 50; i++) {
                        peer.send("message");
                        on.passes(1);
                    }
                    timers[index] = on.engine.load().timers() - timersBefore;
                    callbacks[index] = on.engine.counters().callbacks - callbacksBefore;
                    peer.close();
                    server.close();
                    server.waitClosed();
                });
            }
        }
        assertThat(timers).containsExactly(0, 0);
        assertThat(callbacks[1]).isEqualTo(callbacks[0]);
    }

    @Test
    void aStreamHearsItAndAHandlerThatFailsOfItIsNoNews() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                List<Exception> thrown = new ArrayList<>();
                Server server = on.loop.startServer(
                        (reader, writer) -> {
                            try {
                                reader.readLine(US_ASCII);
                            } catch (Exception failed) {
                                thrown.add(failed);
                                throw failed;
                            }
                        },
                        "127.0.0.1",
                        0,
                        StreamOptions.defaults(),
                        idle(4));
                Peer peer = Peer.connect(on, server.port());
                peer.send("half a line");
                sleep(6_000);
                assertThat(thrown).hasSize(1);
                assertThat(thrown.getFirst()).isInstanceOf(SocketTimeoutException.class);
                assertThat(on.reported()).isEmpty();
                peer.close();
                server.close();
                server.waitClosed();
            });
        }
    }

    @Test
    void negativeLimitsAreRefusedAndEndlessOnesAreNone() throws Exception {
        ServerOptions defaults = ServerOptions.defaults();
        assertThatThrownBy(() -> defaults.withIdleTimeout(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-1S");
        assertThatThrownBy(() -> defaults.withFirstByteTimeout(Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class);
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, defaults.withIdleTimeout(endless).withFirstByteTimeout(endless));
                Peer peer = Peer.connect(on, server.port());
                on.until("it is served", () -> server.clientCount() == 1);
                on.passes(1);
                sleep(1_000_000_000);
                assertThat(server.clientCount()).isEqualTo(1);
                peer.close();
                server.close();
                server.waitClosed();
            });
        }
    }
}
