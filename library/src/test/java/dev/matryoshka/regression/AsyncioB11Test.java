package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Server;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B11, gh-109564: a connection that asyncio had accepted and not yet attached when the server was closed broke an assertion, or
 * leaked. Goal: it is closed quietly, its protocol hears nothing, and the server waits for it. Method: the factory, which is
 * called between accept and the connection's beginning, closes the server.
 */
@Proves("B11")
@ExtendWith(LeakCheck.class)
class AsyncioB11Test {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectionThatWasAcceptedAndNotMadeIsClosedQuietly(Net net) throws Exception {
        List<Recorder> made = new ArrayList<>();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server[] server = new Server[1];
                server[0] = on.loop.createServer(
                        () -> {
                            made.add(new Recorder());
                            server[0].close();
                            return made.getLast();
                        },
                        "127.0.0.1",
                        0);
                try (Peer peer = Peer.connect(on, server[0].port())) {
                    on.until("the factory was called", () -> !made.isEmpty());
                    assertThat(server[0].isServing()).isFalse();
                    assertThat(server[0].clientCount()).isEqualTo(1);
                    server[0].waitClosed();
                    assertThat(server[0].clientCount()).isZero();
                    assertThat(peer.readToEof()).isEmpty();
                }
                assertThat(made).hasSize(1);
                assertThat(made.getFirst().heard.events).isEmpty();
            });
            assertThat(on.reported()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void connectionsOfTheSameBatchAreClosedWithIt(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                List<Recorder> made = new ArrayList<>();
                Server server = on.loop.createServer(
                        () -> {
                            made.add(new Recorder());
                            return made.getLast();
                        },
                        "127.0.0.1",
                        0);
                List<Peer> peers = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    peers.add(Peer.connect(on, server.port()));
                }
                on.until("some are accepted", () -> server.clientCount() > 0);
                server.close();
                server.closeClients();
                server.waitClosed();
                for (Peer peer : peers) {
                    on.until("its end is told", () -> peer.read().isEof() || peer.broken() != null);
                    peer.close();
                }
                assertThat(made).allMatch(recorder -> recorder.heard.times("made") == recorder.heard.times("lost"));
            });
            assertThat(on.reported()).isEmpty();
        }
    }
}
