package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a server takes as many connections as it may, and none while it is paused; whoever waits is served later, and nobody is
 * refused. Method: raw peers on every kernel; a loop that is full must sleep, not spin on the queue that it leaves alone.
 */
@ExtendWith(LeakCheck.class)
@Proves({"W6", "create_server"})
class ServerLimitsTest {
    private final List<Recorder> ends = new ArrayList<>();

    private Recorder end() {
        ends.add(new Recorder());
        return ends.getLast();
    }

    private Server serve(TestLoop on, int maxConnections) throws Exception {
        return on.loop.createServer(
                this::end, "127.0.0.1", 0, ServerOptions.defaults().withMaxConnections(maxConnections));
    }

    private static List<Peer> connect(TestLoop on, Server server, int count) throws Exception {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(Peer.connect(on, server.port()));
        }
        return peers;
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void atTheLimitItStopsToAcceptAndGoesOnWhenOneLeaves(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, 2);
                assertThat(server.isAccepting()).isTrue();
                List<Peer> peers = connect(on, server, 4);
                on.until("two are served", () -> server.clientCount() == 2);
                assertThat(server.isAccepting()).isFalse();
                assertThat(server.isServing()).isTrue();
                on.assertQuiet();
                assertThat(server.clientCount()).isEqualTo(2);
                peers.get(3).send("patience");
                peers.get(0).close();
                on.until("the third is served", () -> ends.size() == 3);
                assertThat(server.clientCount()).isEqualTo(2);
                assertThat(server.isAccepting()).isFalse();
                peers.get(1).close();
                on.until(
                        "the fourth is heard",
                        () -> ends.size() == 4 && ends.get(3).heard.count() == 8);
                peers.get(2).close();
                on.until("there is room", server::isAccepting);
                peers.get(3).close();
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aBurstInOnePassDoesNotOvershoot(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(
                        this::end,
                        "127.0.0.1",
                        0,
                        ServerOptions.defaults().withMaxConnections(3).withStartServing(false));
                server.pauseAccepting();
                server.startServing();
                List<Peer> peers = connect(on, server, 10);
                server.resumeAccepting();
                int[] most = {0};
                while (!peers.isEmpty()) {
                    on.until("it is full again", () -> server.clientCount() == Math.min(3, peers.size()));
                    on.passes(3);
                    most[0] = Math.max(most[0], server.clientCount());
                    peers.removeFirst().close();
                }
                assertThat(most[0]).isEqualTo(3);
                on.until("all have been served", () -> ends.size() == 10);
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void pausedItAcceptsNobodyAndLosesNobody(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, Integer.MAX_VALUE);
                List<Peer> peers = new ArrayList<>(connect(on, server, 1));
                on.until("it serves", () -> server.clientCount() == 1);
                server.pauseAccepting();
                server.pauseAccepting();
                assertThat(server.isAccepting()).isFalse();
                peers.addAll(connect(on, server, 2));
                peers.get(0).send("served on");
                on.until("who was there is served", () -> ends.get(0).heard.count() == 9);
                on.assertQuiet();
                assertThat(server.clientCount()).isEqualTo(1);
                server.resumeAccepting();
                server.resumeAccepting();
                on.until("the others are served", () -> server.clientCount() == 3);
                peers.forEach(Peer::close);
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void pausedFromInsideTheFactoryTheBatchEndsThere(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server[] server = new Server[1];
                server[0] = on.loop.createServer(
                        () -> {
                            server[0].pauseAccepting();
                            return end();
                        },
                        "127.0.0.1",
                        0,
                        ServerOptions.defaults().withStartServing(false));
                server[0].pauseAccepting();
                server[0].startServing();
                List<Peer> peers = connect(on, server[0], 3);
                for (int served = 1; served <= 3; served++) {
                    int expected = served;
                    server[0].resumeAccepting();
                    on.until("one more is served", () -> server[0].clientCount() == expected);
                    on.passes(3);
                    assertThat(server[0].clientCount()).isEqualTo(expected);
                }
                peers.forEach(Peer::close);
                server[0].close();
                server[0].waitClosed();
            });
        }
    }

    @Test
    void afterCloseNothingResumesIt() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = serve(on, 1);
                server.pauseAccepting();
                server.close();
                server.resumeAccepting();
                assertThat(server.isAccepting()).isFalse();
                assertThat(server.isServing()).isFalse();
                server.waitClosed();
            });
        }
    }

    @Test
    void numbersOutOfRangeAreRefusedWithTheirValue() {
        ServerOptions defaults = ServerOptions.defaults();
        assertThatThrownBy(() -> defaults.withMaxConnections(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxConnections < 1: 0");
        assertThatThrownBy(() -> defaults.withBacklog(0)).hasMessageContaining("backlog < 1: 0");
        assertThatThrownBy(() -> defaults.withAcceptBatch(-3)).hasMessageContaining("acceptBatch < 1: -3");
        assertThat(defaults.withBacklog(Integer.MAX_VALUE).acceptBatch()).isEqualTo(Integer.MAX_VALUE);
    }
}
