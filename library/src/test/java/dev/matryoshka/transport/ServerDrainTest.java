package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a server ends in three steps, each as long as it may take, and tells what it had to do. Method: connections of three kinds
 * (one ends by itself, one is idle, one cannot send) on a clock that the test pushes.
 */
@ExtendWith(LeakCheck.class)
@Proves("create_server")
class ServerDrainTest {
    private static final Duration NONE = Duration.ZERO;

    private final List<Recorder> ends = new ArrayList<>();

    private Server serve(TestLoop on) throws Exception {
        return on.loop.createServer(
                () -> {
                    ends.add(new Recorder());
                    return ends.getLast();
                },
                "127.0.0.1",
                0);
    }

    private List<Peer> connect(TestLoop on, Server server, int count) throws Exception {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(Peer.connect(on, server.port()));
        }
        on.until("all are served", () -> server.clientCount() == count);
        on.passes(2);
        return peers;
    }

    @Test
    void whoEndsInTimeFinishesWhoIsIdleIsClosedWhoIsStuckIsAborted() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on);
                List<Peer> peers = connect(on, server, 4);
                ends.get(2).transport().write("last words".getBytes());
                ends.get(3).transport().write(ByteBuffer.allocate(1_000_000)); // and its peer does not read
                long began = on.loop.time();
                Task<DrainReport> draining =
                        on.loop.createTask(() -> server.drain(Duration.ofSeconds(10), Duration.ofSeconds(3)));
                Task.sleep(Duration.ofSeconds(4));
                assertThat(server.isServing()).isFalse();
                peers.get(0).close();
                Task.sleep(Duration.ofSeconds(4));
                assertThat(ends.get(1).heard.isLost()).isFalse();
                DrainReport report = draining.get();
                assertThat(report).isEqualTo(new DrainReport(1, 2, 1, Duration.ofSeconds(13)));
                assertThat(report.isClean()).isFalse();
                assertThat(on.loop.time() - began)
                        .isEqualTo(Duration.ofSeconds(13).toNanos());
                assertThat(peers.get(2).readToEof()).asString().isEqualTo("last words");
                assertThat(ends).allMatch(end -> end.heard.isLost());
                peers.forEach(peer -> {
                    if (peer != peers.getFirst()) {
                        peer.close();
                    }
                });
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void itIsOverWithTheLastConnectionAndNotWithTheTime(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                List<Peer> peers = connect(on, server, 2);
                Task<DrainReport> draining = on.loop.createTask(() -> server.drain(Duration.ofDays(300_000)));
                on.passes(2);
                peers.forEach(Peer::close);
                DrainReport report = draining.get();
                assertThat(report.finished()).isEqualTo(2);
                assertThat(report.isClean()).isTrue();
                assertThat(server.drain(Duration.ofDays(1), NONE).finished())
                        .as("a second time there is nothing to do")
                        .isZero();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void withoutAnyTimeEverybodyIsCutOff(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                List<Peer> peers = connect(on, server, 2);
                ends.getFirst().transport().pauseReading();
                DrainReport report = server.drain(NONE, NONE);
                assertThat(report.finished() + report.closed() + report.aborted())
                        .isEqualTo(2);
                assertThat(server.clientCount()).isZero();
                assertThat(ends).allMatch(end -> end.heard.summary().equals("made lost"));
                peers.forEach(Peer::close);
            });
        }
    }

    @Test
    void cancelledItLeavesTheConnectionsAsTheyWere() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on);
                List<Peer> peers = connect(on, server, 1);
                Task<DrainReport> draining = on.loop.createTask(() -> server.drain(Duration.ofSeconds(10)));
                on.passes(2);
                draining.cancel();
                assertThatThrownBy(draining::get).isInstanceOf(CancellationException.class);
                assertThat(server.isServing()).isFalse();
                assertThat(on.engine.load().timers()).isZero();
                peers.getFirst().send("still here");
                on.until("it is served", () -> ends.getFirst().heard.count() == 10);
                peers.getFirst().close();
                server.waitClosed();
            });
        }
    }

    @Test
    void itParksSoACallbackIsRefused() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            Server server = serve(on);
            assertThatThrownBy(() -> server.drain(NONE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("drain");
            assertThat(server.isServing()).as("nothing has happened").isTrue();
            server.close();
        }
    }

    @Test
    void reportsOfSeveralServersAddUp() {
        DrainReport first = new DrainReport(1, 2, 3, Duration.ofSeconds(5));
        DrainReport second = new DrainReport(10, 20, 30, Duration.ofSeconds(4));
        assertThat(first.plus(second)).isEqualTo(new DrainReport(11, 22, 33, Duration.ofSeconds(5)));
    }
}
