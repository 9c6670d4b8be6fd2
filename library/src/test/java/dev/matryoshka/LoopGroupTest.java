package dev.matryoshka;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.DrainReport;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerGroup;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Spread;
import dev.matryoshka.transport.Transport;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: several loops serve one address, each connection on one of them, in even shares, and all of it ends. Method: each
 * connection is greeted with the name of its loop; who is where is counted, never timed.
 */
@ExtendWith(LeakCheck.class)
@Proves("create_server")
class LoopGroupTest {
    private static final ServerOptions DEFAULTS = ServerOptions.defaults();
    private static final int NAME_BYTES = 3;

    private final KernelProvider memory = new MemoryNetwork(System::nanoTime);

    /** Greets with the name of its loop, and echoes. */
    private static final class Greeter implements Protocol {
        private Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            made.write(EventLoop.current().name().getBytes(US_ASCII));
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            transport.write(data);
        }
    }

    @Test
    void aServerThatIsOverIsForgotten() throws Exception {
        try (LoopGroup group = open(Net.MEMORY, 2)) {
            for (int i = 0; i < 20; i++) {
                ServerGroup server = group.createServer(Greeter::new, "127.0.0.1", 0);
                assertThat(server.drain(Duration.ZERO).isClean()).isTrue();
                assertThat(server.isOver()).isTrue();
            }
            assertThat(group.serverCount()).isLessThan(2);
        }
    }

    private KernelProvider provider(Net net) {
        return net.isMemory() ? memory : net.provider();
    }

    private LoopGroup open(Net net, int count) {
        KernelProvider provider = provider(net);
        return LoopGroup.open(
                count, LoopOptions.defaults().withName("L"), options -> (EventLoop) Engines.open(options, provider));
    }

    private static ServerGroup serve(LoopGroup group, ServerOptions options, Spread spread) throws Exception {
        return group.createServer(Greeter::new, List.of("127.0.0.1"), 0, options, spread);
    }

    private static String greeting(Peer peer) throws Exception {
        return new String(peer.readUntil(NAME_BYTES), 0, NAME_BYTES, US_ASCII);
    }

    /** Connects one after another, each greeted before the next. */
    private static Map<String, List<Peer>> connect(TestLoop on, ServerGroup server, int count) throws Exception {
        Map<String, List<Peer>> byLoop = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            Peer peer = Peer.connect(on, server.port());
            byLoop.computeIfAbsent(greeting(peer), name -> new ArrayList<>()).add(peer);
        }
        return byLoop;
    }

    private static void closeAll(TestLoop on, ServerGroup server, Map<String, List<Peer>> peers) throws Exception {
        peers.values().forEach(list -> list.forEach(Peer::close));
        on.until("all have left", () -> server.connections() == 0);
    }

    // ---- who gets what --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void leastConnectionsIsExactAndFillsWhatHasEmptied(Net net) throws Exception {
        try (LoopGroup group = open(net, 4);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = serve(group, DEFAULTS, Spread.LEAST_CONNECTIONS);
            on.run(() -> {
                Map<String, List<Peer>> peers = connect(on, server, 40);
                assertThat(peers.keySet()).containsExactly("L-0", "L-1", "L-2", "L-3");
                assertThat(server.connectionCounts()).containsExactly(10, 10, 10, 10);
                assertThat(group.gauges())
                        .extracting(LoopGroup.Gauges::connections)
                        .containsExactly(10, 10, 10, 10);
                assertThat(group.gauges().get(2).loop().channels()).isEqualTo(10);
                peers.remove("L-2").forEach(Peer::close);
                on.until("they have left", () -> server.connectionCounts().get(2) == 0);
                Map<String, List<Peer>> more = connect(on, server, 10);
                assertThat(more.keySet()).containsExactly("L-2");
                assertThat(server.connectionCounts()).containsExactly(10, 10, 10, 10);
                peers.putAll(more);
                closeAll(on, server, peers);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void amongEqualsItGoesRound(Net net) throws Exception {
        try (LoopGroup group = open(net, 3);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = serve(group, DEFAULTS, Spread.LEAST_CONNECTIONS);
            on.run(() -> {
                List<String> served = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    try (Peer peer = Peer.connect(on, server.port())) {
                        served.add(greeting(peer));
                    }
                    on.until("it has left", () -> server.connections() == 0);
                }
                assertThat(served).containsExactly("L-0", "L-1", "L-2", "L-0", "L-1", "L-2");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theKernelSpreadsOverListenersOfTheirOwn(Net net) throws Exception {
        try (LoopGroup group = open(net, 2);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = serve(group, DEFAULTS, Spread.KERNEL);
            on.run(() -> {
                // A fair coin leaves one of them without any once in 2 to the 63.
                Map<String, List<Peer>> peers = connect(on, server, 64);
                assertThat(peers.keySet()).containsExactly("L-0", "L-1");
                assertThat(server.connectionCounts())
                        .containsExactly(
                                peers.get("L-0").size(), peers.get("L-1").size());
                closeAll(on, server, peers);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void manyAtOnceAreAllServedAndNoByteIsLost(Net net) throws Exception {
        try (LoopGroup group = open(net, 3);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = serve(group, DEFAULTS, Spread.LEAST_CONNECTIONS);
            on.run(() -> {
                List<Peer> peers = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    Peer peer = Peer.connect(on, server.port());
                    peer.send("before the greeting");
                    peers.add(peer);
                }
                for (Peer peer : peers) {
                    assertThat(new String(peer.readUntil(NAME_BYTES + 19), US_ASCII))
                            .matches("L-[0-2]before the greeting");
                }
                assertThat(server.connectionCounts()).containsExactly(20, 20, 20);
                peers.forEach(Peer::close);
                on.until("all have left", () -> server.connections() == 0);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves("W6")
    void theLimitHoldsForEachLoopAndWhoWaitsIsServedLater(Net net) throws Exception {
        try (LoopGroup group = open(net, 2);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = serve(group, DEFAULTS.withMaxConnections(2), Spread.LEAST_CONNECTIONS);
            on.run(() -> {
                Map<String, List<Peer>> peers = connect(on, server, 4);
                Peer fifth = Peer.connect(on, server.port());
                on.assertQuiet();
                assertThat(server.connectionCounts()).containsExactly(2, 2);
                assertThat(fifth.read().count()).isZero();
                peers.get("L-1").removeFirst().close(); // not of the loop that accepts
                assertThat(greeting(fifth)).isEqualTo("L-1");
                assertThat(server.connectionCounts()).containsExactly(2, 2);
                fifth.close();
                closeAll(on, server, peers);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO", "MEMORY"})
    @Proves("create_unix_server")
    void aUnixSocketIsSharedToo(Net net, @TempDir Path directory) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("shared"));
        try (LoopGroup group = open(net, 2);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = group.createUnixServer(Greeter::new, address, DEFAULTS);
            assertThat(server.addresses()).containsExactly(address);
            assertThat(server.port()).isZero();
            on.run(() -> {
                List<String> served = new ArrayList<>();
                List<AsyncSocket> sockets = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    AsyncSocket socket = on.loop.openSocket(StandardProtocolFamily.UNIX);
                    sockets.add(socket);
                    socket.connect(address);
                    served.add(new String(socket.recv(NAME_BYTES), US_ASCII));
                }
                assertThat(served).containsExactly("L-0", "L-1", "L-0", "L-1");
                sockets.forEach(AsyncSocket::close);
            });
        }
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void eachLoopMayHaveAFactoryOfItsOwnMadeOnItsThread(Net net) throws Exception {
        try (LoopGroup group = open(net, 2);
                TestLoop on = TestLoop.over(provider(net))) {
            List<String> made = Collections.synchronizedList(new ArrayList<>());
            ServerGroup server = group.createServerPerLoop(
                    loop -> {
                        made.add(loop.name() + " on " + EventLoop.current().name());
                        return Greeter::new;
                    },
                    List.of("127.0.0.1"),
                    0,
                    DEFAULTS,
                    Spread.KERNEL);
            assertThat(made).containsExactly("L-0 on L-0", "L-1 on L-1");
            on.run(() -> closeAll(on, server, connect(on, server, 3)));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void streamsAreServedInTasksOfTheirLoops(Net net) throws Exception {
        try (LoopGroup group = open(net, 2);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = group.startServer(
                    (reader, writer) -> {
                        reader.readLine();
                        writer.write(EventLoop.current().name().getBytes(US_ASCII));
                    },
                    List.of("127.0.0.1"),
                    0,
                    StreamOptions.defaults(),
                    DEFAULTS,
                    Spread.LEAST_CONNECTIONS);
            on.run(() -> {
                for (String expected : List.of("L-0", "L-1", "L-0")) {
                    try (Peer peer = Peer.connect(on, server.port())) {
                        peer.send("who?\n");
                        assertThat(peer.readToEof()).asString().isEqualTo(expected);
                    }
                    on.until("it has left", () -> server.connections() == 0);
                }
            });
        }
    }

    // ---- failing --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFactoryThatFailsIsNotCounted(Net net) throws Exception {
        try (LoopGroup group = open(net, 2);
                TestLoop on = TestLoop.over(provider(net))) {
            AtomicInteger reported = new AtomicInteger();
            for (EventLoop loop : group.loops()) {
                loop.callSoonThreadsafe(
                        () -> loop.setExceptionHandler((source, context) -> reported.incrementAndGet()));
            }
            ServerGroup server = group.createServer(
                    () -> {
                        throw new IllegalStateException("not today");
                    },
                    "127.0.0.1",
                    0);
            on.run(() -> {
                for (int i = 0; i < 4; i++) {
                    try (Peer peer = Peer.connect(on, server.port())) {
                        on.until("it is turned away", () -> peer.read().isEof() || peer.broken() != null);
                    }
                }
                on.until("all were told", () -> reported.get() == 4);
                on.until("none is counted", () -> server.connections() == 0); // each is told before it is taken off
                assertThat(server.connectionCounts()).containsExactly(0, 0);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLoopThatHasEndedIsLeftOut(Net net) throws Exception {
        try (LoopGroup group = open(net, 3);
                TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = serve(group, DEFAULTS, Spread.LEAST_CONNECTIONS);
            group.loops().get(1).stop();
            on.run(() -> {
                on.until("it is closed", () -> group.loops().get(1).isClosed());
                Map<String, List<Peer>> peers = connect(on, server, 6);
                assertThat(peers.keySet()).containsExactly("L-0", "L-2");
                assertThat(server.connectionCounts()).containsExactly(3, 0, 3);
                closeAll(on, server, peers);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Spread.class)
    void anAddressInUseIsToldAndNothingStaysBound(Spread spread) throws Exception {
        try (LoopGroup group = open(Net.EPOLL, 2);
                TestLoop on = TestLoop.over(Net.EPOLL)) {
            Server[] occupant = new Server[1];
            on.run(() -> occupant[0] = on.loop.createServer(Greeter::new, "127.0.0.1", 0));
            int port = on.call(() -> occupant[0].port());
            assertThatThrownBy(() ->
                            group.createServer(Greeter::new, List.of("127.0.0.2", "127.0.0.1"), port, DEFAULTS, spread))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("127.0.0.1:" + port);
            ServerGroup other = group.createServer(Greeter::new, List.of("127.0.0.2"), port, DEFAULTS, spread);
            assertThat(other.port()).isEqualTo(port);
            on.run(() -> occupant[0].close());
        }
    }

    @Test
    void whatCannotBeOpenedLeavesNothingRunning() {
        assertThatThrownBy(() -> LoopGroup.open(0)).isInstanceOf(IllegalArgumentException.class);
        AtomicInteger opened = new AtomicInteger();
        assertThatThrownBy(() -> LoopGroup.open(3, LoopOptions.defaults(), options -> {
                    if (opened.incrementAndGet() == 3) {
                        throw new UncheckedIOException(new BindException("no third one"));
                    }
                    return EventLoop.open(options);
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("no third one");
        assertThat(opened.get()).isEqualTo(3);
    }

    @Test
    void whatWouldBlockALoopIsRefusedThere() throws Exception {
        try (LoopGroup group = open(Net.EPOLL, 2)) {
            List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
            ServerGroup server = serve(group, DEFAULTS, Spread.KERNEL);
            group.submit(() -> {
                        List<Runnable> calls = List.of(group::close);
                        for (Runnable call : calls) {
                            try {
                                call.run();
                            } catch (IllegalStateException refused) {
                                thrown.add(refused);
                            }
                        }
                        try {
                            serve(group, DEFAULTS, Spread.LEAST_CONNECTIONS);
                        } catch (IllegalStateException refused) {
                            thrown.add(refused);
                        }
                        try {
                            server.drain(Duration.ZERO);
                        } catch (IllegalStateException refused) {
                            thrown.add(refused);
                        }
                        return true;
                    })
                    .get();
            assertThat(thrown)
                    .hasSize(3)
                    .allMatch(refused -> refused.getMessage().contains("would block"));
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void shutdownLetsConnectionsFinishAndTellsWhatItDid(Net net) throws Exception {
        LoopGroup group = open(net, 2);
        try (TestLoop on = TestLoop.over(provider(net))) {
            ServerGroup server = serve(group, DEFAULTS, Spread.LEAST_CONNECTIONS);
            DrainReport[] report = new DrainReport[1];
            on.run(() -> {
                Map<String, List<Peer>> peers = connect(on, server, 4);
                var ending = on.loop.runInExecutor(() -> report[0] = group.shutdown(Duration.ofMinutes(10)));
                on.until(
                        "both loops wait for the end of the time",
                        () -> group.gauges().stream()
                                .allMatch(each -> each.loop().timers() == 1));
                peers.values().forEach(list -> list.forEach(Peer::close));
                ending.get();
            });
            assertThat(report[0].finished()).isEqualTo(4);
            assertThat(report[0].isClean()).isTrue();
            assertThat(group.loops()).allMatch(EventLoop::isClosed);
            assertThatThrownBy(() -> group.submit(() -> 1)).isInstanceOf(LoopClosedException.class);
            group.close();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closeAbortsWhatIsOpenOnEveryLoop(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(provider(net))) {
            LoopGroup group = open(net, 2);
            ServerGroup server = serve(group, DEFAULTS, Spread.LEAST_CONNECTIONS);
            on.run(() -> {
                Map<String, List<Peer>> peers = connect(on, server, 4);
                on.loop
                        .runInExecutor(() -> {
                            group.close();
                            return true;
                        })
                        .get();
                for (List<Peer> list : peers.values()) {
                    for (Peer peer : list) {
                        on.until("it has ended", () -> peer.read().isEof() || peer.broken() != null);
                        peer.close();
                    }
                }
                assertThat(server.connectionCounts()).containsExactly(0, 0);
            });
        }
    }

    @Test
    void tasksGoRoundTheLoops() throws Exception {
        try (LoopGroup group = open(Net.EPOLL, 3)) {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                names.add(group.submit(() -> EventLoop.current().name()).get());
            }
            assertThat(names).containsExactly("L-0", "L-1", "L-2", "L-0");
            assertThat(group.gauges()).extracting(each -> each.loop().name()).containsExactly("L-0", "L-1", "L-2");
        }
    }
}
