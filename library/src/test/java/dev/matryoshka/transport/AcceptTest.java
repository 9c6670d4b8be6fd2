package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: every connection is taken, in batches that were asked for, prepared before its protocol hears of it; what accept may answer
 * besides leaves the server alive. Method: connections queue up before the listener is looked at; calls are counted.
 */
@ExtendWith(LeakCheck.class)
class AcceptTest {
    private final List<Recorder> ends = new ArrayList<>();

    private Recorder end() {
        ends.add(new Recorder());
        return ends.getLast();
    }

    private static List<Peer> queueUp(TestLoop on, Server server, int count) throws Exception {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(Peer.connect(on, server.port()));
        }
        return peers;
    }

    private void finish(TestLoop on, Server server, List<Peer> peers) throws Exception {
        server.close();
        server.abortClients();
        peers.forEach(Peer::close);
        server.waitClosed();
    }

    @Proves({"S-36", "W13"})
    @Test
    void aBatchOfOneTakesOneConnectionPerPass() throws Exception {
        try (TestLoop on = TestLoop.over(new MemoryNetwork())) {
            on.run(() -> {
                Server server = on.loop.createServer(
                        this::end, "127.0.0.1", 0, ServerOptions.defaults().withAcceptBatch(1));
                List<Integer> perPass = new ArrayList<>();
                List<Peer> peers = new ArrayList<>();
                on.loop.callSoon(() -> {
                    for (int i = 0; i < 4; i++) {
                        peers.add(connectNow(on, server.port()));
                    }
                });
                for (int i = 0; i < 12; i++) {
                    int before = ends.size();
                    on.passes(1);
                    perPass.add(ends.size() - before);
                }
                assertThat(ends).hasSize(4);
                assertThat(perPass).allMatch(count -> count <= 1);
                finish(on, server, peers);
            });
        }
    }

    @Proves(
            value = {"S-35", "S-4", "W13"},
            ports = "test_selector_events.test_accept_connection_multiple")
    @Test
    void theDefaultBatchTakesABurstInOnePass() throws Exception {
        try (TestLoop on = TestLoop.over(new MemoryNetwork())) {
            on.run(() -> {
                Server server = on.loop.createServer(this::end, "127.0.0.1", 0);
                List<Peer> peers = new ArrayList<>();
                on.loop.callSoon(() -> {
                    for (int i = 0; i < 50; i++) {
                        peers.add(connectNow(on, server.port()));
                    }
                });
                List<Integer> perPass = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    int before = ends.size();
                    on.passes(1);
                    perPass.add(ends.size() - before);
                }
                assertThat(perPass).contains(50);
                finish(on, server, peers);
            });
        }
    }

    private static Peer connectNow(TestLoop on, int port) {
        try {
            return Peer.begin(on, port);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aBurstThatIsLongerThanTheBacklogIsTakenInTime(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                ServerOptions narrow = ServerOptions.defaults().withBacklog(5);
                Server server = on.loop.createServer(this::end, "127.0.0.1", 0, narrow);
                List<Peer> peers = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    peers.addAll(queueUp(on, server, 1));
                }
                on.until("all are taken", () -> server.clientCount() == 12);
                on.until("all are made", () -> ends.stream().allMatch(end -> end.heard.isMade()));
                assertThat(ends).hasSize(12);
                finish(on, server, peers);
            });
        }
    }

    @Proves(
            value = {"S-42", "S-10", "Protocol.connection_made"},
            ports = "test_selector_events.test_ctor")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void bytesThatCameBeforeTheAcceptComeAfterConnectionMade(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(
                        this::end, "127.0.0.1", 0, ServerOptions.defaults().withStartServing(true));
                Peer peer = Peer.connect(on, server.port());
                peer.send("early");
                peer.shutdownOutput();
                on.until(
                        "its end",
                        () -> !ends.isEmpty() && ends.getFirst().heard.isLost());
                assertThat(ends.getFirst().heard.text()).isEqualTo("early");
                assertThat(ends.getFirst().heard.summary()).isEqualTo("made data eof lost");
                finish(on, server, List.of(peer));
            });
        }
    }

    @Proves(
            value = {"S-40", "S-9"},
            ports = "test_base_events.test_set_nodelay")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theConnectionIsPreparedWhenItsProtocolHearsOfIt(Net net) throws Exception {
        AtomicInteger prepared = new AtomicInteger();
        Recorder recorder = new Recorder();
        recorder.atMade = transport -> {
            try {
                assertThat(transport.getOption(StandardSocketOptions.TCP_NODELAY))
                        .isTrue();
                assertThat(transport.getOption(StandardSocketOptions.SO_KEEPALIVE))
                        .isTrue();
                assertThat(transport.writeBufferLimits()).isEqualTo(WaterMarks.high(4000));
                assertThat(transport.localAddress()).isNotNull();
                assertThat(transport.remoteAddress()).isNotNull();
                prepared.incrementAndGet();
            } catch (java.io.IOException failed) {
                throw new AssertionError(failed);
            }
        };
        ServerOptions options = ServerOptions.defaults().withKeepAlive(true).withWriteLimits(WaterMarks.high(4000));
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(() -> recorder, "127.0.0.1", 0, options);
                List<Peer> peers = queueUp(on, server, 1);
                on.until("made", recorder.heard::isMade);
                assertThat(prepared.get()).isEqualTo(1);
                finish(on, server, peers);
            });
        }
    }

    @Proves("S-43")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectionMadeThatThrowsIsReportedAndTheConnectionLivesOn(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atMade = transport -> {
            throw new IllegalStateException("not today");
        };
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(() -> recorder, "127.0.0.1", 0);
                List<Peer> peers = queueUp(on, server, 1);
                peers.getFirst().send("hello");
                on.until("it is served", () -> recorder.heard.count() == 5);
                finish(on, server, peers);
            });
            var reported = on.reported();
            assertThat(reported).hasSize(1);
            assertThat(reported.getFirst().message()).isEqualTo("Exception in callback connectionMade()");
            assertThat(reported.getFirst().exception()).hasMessage("not today");
            assertThat(reported.getFirst().details()).containsOnlyKeys("transport", "protocol");
        }
    }

    @Proves(
            value = {"S-35", "S-38"},
            ports = "test_base_events.test_accept_connection_exception")
    @Test
    void anUnknownFailureOfAcceptPausesForASecondAndLosesNobody() throws Exception {
        AtomicInteger accepts = new AtomicInteger();
        var provider = Tampered.provider(new MemoryNetwork(), (method, arguments) -> {
            boolean first = method.equals("tryAccept") && accepts.incrementAndGet() == 1;
            return first ? new SocketException("accept: Operation not permitted (EPERM)") : null;
        });
        try (TestLoop on = TestLoop.over(provider)) {
            on.run(() -> {
                Server server = on.loop.createServer(this::end, "127.0.0.1", 0);
                List<Peer> peers = queueUp(on, server, 2);
                on.passes(3);
                assertThat(on.reported()).hasSize(1);
                assertThat(ends).isEmpty();
                Task.sleep(Duration.ofNanos(Listener.RETRY_NANOS));
                on.until("both are taken", () -> server.clientCount() == 2);
                assertThat(on.engine.load().timers()).isZero();
                finish(on, server, peers);
            });
        }
    }

    @Test
    void anAcceptThatFindsNobodyWaitsForTheNextEvent() throws Exception {
        var faulty = FaultyKernel.provider(new MemoryNetwork(), Faults.seeded(3).percent(Fault.ACCEPT_WOULD_BLOCK, 50));
        try (TestLoop on = TestLoop.over(faulty)) {
            on.run(() -> {
                Server server = on.loop.createServer(this::end, "127.0.0.1", 0);
                List<Peer> peers = queueUp(on, server, 30);
                on.until("all are taken", () -> server.clientCount() == 30);
                assertThat(faulty.kernels().getFirst().injected(Fault.ACCEPT_WOULD_BLOCK))
                        .isPositive();
                finish(on, server, peers);
            });
        }
    }
}
