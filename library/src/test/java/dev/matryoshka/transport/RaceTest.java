package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: an address that fails lets the next one start, the first that answers wins, every failure is told, and the local address
 * is heeded. When is the business of {@link RaceTimesTest}. Method: lists of addresses that refuse, answer, are unreachable or of the other family.
 */
@ExtendWith(LeakCheck.class)
class RaceTest {
    private static final InetSocketAddress UNREACHABLE = new InetSocketAddress("203.0.113.1", 9);

    private static InetSocketAddress v6(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("::1"), port);
    }

    private static int refusingPort(TestLoop on) throws Exception {
        Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
        server.close();
        on.passes(3);
        return server.port();
    }

    private static CompletableFuture<NonBlockingSocket> connect(
            TestLoop on, InetSocketAddress local, InetSocketAddress... remotes) {
        ConnectOptions options = ConnectOptions.defaults();
        return Race.start(on.engine, List.of(remotes), local == null ? options : options.withLocalAddress(local))
                .result();
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theFirstAddressThatAnswersWins(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                int refusing = refusingPort(on);
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                InetSocketAddress good = Peer.loopback(server.port());
                NonBlockingSocket socket = connect(
                                on, null, Peer.loopback(refusing), v6(refusing), good, Peer.loopback(refusing))
                        .get();
                assertThat(socket.remoteAddress()).isEqualTo(good);
                assertThat(on.engine.load().channels())
                        .as("the listener and the server's end")
                        .isLessThanOrEqualTo(2);
                socket.close();
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whenNoneAnswersTheFirstFailureIsThrownAndTheOthersAreSuppressed(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                int port = refusingPort(on);
                assertThatThrownBy(() ->
                                connect(on, null, Peer.loopback(port), v6(port)).get())
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("127.0.0.1:" + port)
                        .satisfies(first -> assertThat(first.getSuppressed())
                                .hasSize(1)
                                .allMatch(later -> later.getMessage().contains("0:0:1")));
                assertThat(on.engine.load().channels()).isZero();
            });
        }
    }

    @Test
    void anUnreachableHostIsToldAtOnce() throws Exception {
        try (TestLoop on = TestLoop.over(new MemoryNetwork())) {
            on.run(() -> assertThatThrownBy(() -> connect(on, null, UNREACHABLE).get())
                    .cause()
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContainingAll("203.0.113.1", "ENETUNREACH"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void addressesOfTheOtherFamilyThanTheLocalOneAreSkipped(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                InetSocketAddress good = Peer.loopback(server.port());
                InetSocketAddress local = Peer.loopback(0);
                NonBlockingSocket socket =
                        connect(on, local, v6(server.port()), good).get();
                assertThat(((InetSocketAddress) socket.localAddress()).getAddress())
                        .isEqualTo(local.getAddress());
                socket.close();
                assertThatThrownBy(() -> connect(on, local, v6(1)).get())
                        .cause()
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("no local address of family INET6 among 127.0.0.1:0");
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLocalAddressInUseIsToldWithTheAddress(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                InetSocketAddress taken = Peer.loopback(server.port());
                ConnectOptions options = ConnectOptions.defaults().withLocalAddress(taken);
                assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, "127.0.0.1", taken.getPort(), options))
                        .isInstanceOf(BindException.class)
                        .hasMessageContainingAll("127.0.0.1:" + taken.getPort(), "EADDRINUSE");
                server.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theLocalPortIsTheOneAskedFor(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                InetSocketAddress local = Peer.loopback(refusingPort(on));
                var made = on.loop.createConnection(
                        Recorder::new,
                        "127.0.0.1",
                        server.port(),
                        ConnectOptions.defaults().withLocalAddress(local).withWriteLimits(WaterMarks.high(7)));
                assertThat(made.transport().localAddress()).isEqualTo(local);
                assertThat(made.transport().writeBufferLimits()).isEqualTo(WaterMarks.high(7));
                made.transport().abort();
                server.close();
                server.abortClients();
                server.waitClosed();
            });
        }
    }

    @Test
    void noAddressAtAllIsAFailureToo() throws Exception {
        try (TestLoop on = TestLoop.over(new MemoryNetwork())) {
            on.run(() -> assertThatThrownBy(() -> connect(on, null).get())
                    .cause()
                    .isInstanceOf(IOException.class)
                    .hasMessage("no address to connect to"));
        }
    }

    /** The second address is tried from inside a callback: an exception there must still end the attempt. */
    @Test
    void aFamilyWithoutSocketsIsOneFailureAmongOthers() throws Exception {
        var withoutIpv6 = Tampered.provider(
                new MemoryNetwork(),
                (method, arguments) -> method.equals("openStream") && arguments[0] == StandardProtocolFamily.INET6
                        ? new UnsupportedOperationException("no IPv6 here")
                        : null);
        try (TestLoop on = TestLoop.over(withoutIpv6)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 80);
                NonBlockingSocket socket = connect(on, null, Peer.loopback(81), v6(80), Peer.loopback(80))
                        .get();
                assertThat(socket.remoteAddress()).isEqualTo(Peer.loopback(80));
                socket.close();
                assertThatThrownBy(() -> connect(on, null, v6(80)).get())
                        .cause()
                        .isInstanceOf(IOException.class)
                        .hasRootCauseInstanceOf(UnsupportedOperationException.class);
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void itIsTheRaceThatTurnsNagleOff(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                NonBlockingSocket socket =
                        connect(on, null, Peer.loopback(server.port())).get();
                assertThat(socket.getOption(java.net.StandardSocketOptions.TCP_NODELAY))
                        .isTrue();
                socket.close();
                server.close();
                server.waitClosed();
            });
        }
    }
}
