package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.resolve.HappyEyeballs;
import dev.matryoshka.resolve.Resolver;
import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.FullListener;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: each option does what it says, and a host with a dead address is reached all the same. Method: loopback addresses, of
 * which some refuse and some are silent behind a full queue; over every kernel.
 */
@Proves("create_connection")
@ExtendWith(LeakCheck.class)
class CreateConnectionOptionsTest {
    private static final InetAddress FOUR = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress SIX = InetAddress.ofLiteral("::1");
    private static final ConnectOptions PLAIN = ConnectOptions.defaults();

    private static Resolver answering(InetAddress... addresses) {
        return host -> CompletableFuture.completedFuture(List.of(addresses));
    }

    @FunctionalInterface
    private interface Body {
        void run(TestLoop on, Server server) throws Exception;
    }

    /** With a server on 127.0.0.1. */
    private static void serving(Net net, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                body.run(on, server);
                server.close();
                server.abortClients();
                server.waitClosed();
            });
        }
    }

    private static Connection<Recorder> connect(TestLoop on, Server server, ConnectOptions options) throws Exception {
        return on.loop.createConnection(Recorder::new, "host.example", server.port(), options);
    }

    @Proves({"W5", "I-21"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theResolverOfTheConnectionGoesBeforeThatOfTheLoop(Net net) throws Exception {
        serving(net, (on, server) -> {
            on.loop.setResolver(host -> CompletableFuture.failedFuture(new UnknownHostException("asked the loop's")));
            connect(on, server, PLAIN.withResolver(answering(FOUR))).transport().abort();
            assertThatThrownBy(() -> connect(on, server, PLAIN))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessage("asked the loop's");
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFirstAddressThatRefusesIsPassedOver(Net net) throws Exception {
        serving(net, (on, server) -> {
            var made = connect(on, server, PLAIN.withResolver(answering(SIX, FOUR)));
            assertThat(made.transport().remoteAddress()).isEqualTo(Peer.loopback(server.port()));
            made.transport().abort();
        });
    }

    /** bind(2) without listen(2): the port is taken, and a connect is refused. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anAddressThatIsBoundButDoesNotListenRefuses(Net net) throws Exception {
        serving(net, (on, server) -> {
            NonBlockingSocket bound = on.kernel.openStream(StandardProtocolFamily.INET);
            bound.bind(new InetSocketAddress("127.0.0.2", 0));
            var made = on.loop.createConnection(
                    Recorder::new,
                    List.of((InetSocketAddress) bound.localAddress(), Peer.loopback(server.port())),
                    PLAIN);
            assertThat(made.transport().remoteAddress()).isEqualTo(Peer.loopback(server.port()));
            made.transport().abort();
            bound.close();
        });
    }

    @Proves(value = "I-22", ports = "test_staggered.test_first_timeout_second_successful")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aDeadFirstAddressIsOvertakenAndLeftBehind(Net net) throws Exception {
        serving(net, (on, server) -> {
            FullListener dead = FullListener.open(on, "127.0.0.2");
            var made = on.loop.createConnection(
                    Recorder::new,
                    List.of(dead.address(), Peer.loopback(server.port())),
                    PLAIN.withHappyEyeballsDelay(Duration.ofMillis(10)));
            assertThat(made.transport().remoteAddress()).isEqualTo(Peer.loopback(server.port()));
            on.until("listener and two ends are left", () -> on.engine.load().channels() == 3);
            made.transport().abort();
            dead.close();
        });
    }

    @Proves(
            value = "all_errors",
            ports = {
                "test_base_events.test_create_connection_multiple",
                "test_base_events.test_create_connection_multiple_errors",
                "test_staggered.test_none_successful"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void everyCauseIsTold(Net net) throws Exception {
        Ipv6.assume(net);
        serving(net, (on, server) -> {
            int port = FreePort.next();
            ConnectOptions fromFour = PLAIN.withLocalAddress(Peer.loopback(0));
            assertThatThrownBy(() -> on.loop.createConnection(
                            Recorder::new, "host.example", port, fromFour.withResolver(answering(FOUR, SIX))))
                    .isInstanceOf(IOException.class)
                    .satisfies(first -> assertThat(first.getSuppressed()).hasSize(1));
            assertThatThrownBy(() -> on.loop.createConnection(
                            Recorder::new, "host.example", port, PLAIN.withResolver(answering(FOUR, SIX))))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .satisfies(first ->
                            assertThat(first.getSuppressed()).singleElement().isInstanceOf(ConnectException.class));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theFamilyChoosesAmongTheAddresses(Net net) throws Exception {
        serving(net, (on, server) -> {
            ConnectOptions four = PLAIN.withFamily(StandardProtocolFamily.INET);
            connect(on, server, four.withResolver(answering(SIX, FOUR)))
                    .transport()
                    .abort();
            assertThatThrownBy(() -> connect(on, server, four.withResolver(answering(SIX))))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContainingAll("host.example", "INET", "0:0:0:0:0:0:0:1");
            assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, "::1", server.port(), four))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("::1");
        });
    }

    @Proves(ports = "test_base_events.test_create_connection_no_getaddrinfo")
    @Test
    void anEmptyAnswerIsAnUnknownHost() throws Exception {
        serving(
                Net.MEMORY,
                (on, server) -> assertThatThrownBy(() -> connect(on, server, PLAIN.withResolver(answering())))
                        .isInstanceOf(UnknownHostException.class)
                        .hasMessageContaining("host.example"));
    }

    @Proves(
            value = "local_addr",
            ports = {
                "test_events.test_create_connection_local_addr",
                "test_events.test_create_connection_local_addr_skip_different_family",
                "test_base_events.test_create_connection_multiple_errors_local_addr"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theFirstLocalAddressThatFitsAndCanBeBoundIsTaken(Net net) throws Exception {
        serving(net, (on, server) -> {
            InetSocketAddress taken = Peer.loopback(server.port());
            InetSocketAddress free = new InetSocketAddress("127.0.0.3", 0);
            var made = connect(
                    on,
                    server,
                    PLAIN.withResolver(answering(FOUR))
                            .withLocalAddresses(List.of(new InetSocketAddress(SIX, 0), taken, free)));
            assertThat(((InetSocketAddress) made.transport().localAddress()).getAddress())
                    .isEqualTo(free.getAddress());
            made.transport().abort();
        });
    }

    @Proves(
            ports = {
                "test_events.test_create_connection_local_addr_nomatch_family",
                "test_base_events.test_create_connection_no_local_addr"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void withoutALocalAddressOfItsFamilyARemoteAddressFails(Net net) throws Exception {
        serving(net, (on, server) -> {
            ConnectOptions six = PLAIN.withLocalAddress(new InetSocketAddress(SIX, 0));
            assertThatThrownBy(() -> connect(on, server, six.withResolver(answering(FOUR))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(
                            "127.0.0.1:" + server.port(), "no local address of family INET", "0:0:0:0:0:0:0:1");
        });
    }

    @Proves(ports = "test_events.test_create_connection_local_addr_in_use")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whenNoLocalAddressCanBeBoundEachOneIsTold(Net net) throws Exception {
        serving(net, (on, server) -> {
            InetSocketAddress taken = Peer.loopback(server.port());
            InetSocketAddress foreign = new InetSocketAddress("203.0.113.7", 0);
            assertThatThrownBy(() -> connect(
                            on,
                            server,
                            PLAIN.withResolver(answering(FOUR)).withLocalAddresses(List.of(taken, foreign))))
                    .isInstanceOf(BindException.class)
                    .hasMessageContainingAll("127.0.0.1:" + server.port(), "EADDRINUSE")
                    .satisfies(first -> assertThat(first.getSuppressed())
                            .singleElement()
                            .asString()
                            .contains("203.0.113.7", "EADDRNOTAVAIL"));
        });
    }

    @Proves(value = "S-41", ports = "test_base_events.test_set_nodelay")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void socketOptionsAreSetAndNagleIsOffUnlessToldOtherwise(Net net) throws Exception {
        serving(net, (on, server) -> {
            Transport plain =
                    connect(on, server, PLAIN.withResolver(answering(FOUR))).transport();
            assertThat(plain.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            assertThat(plain.getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
            plain.abort();
            Transport told = connect(
                            on,
                            server,
                            PLAIN.withResolver(answering(FOUR))
                                    .withKeepAlive(true)
                                    .withNoDelay(false))
                    .transport();
            assertThat(told.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
            assertThat(told.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            told.abort();
        });
    }

    /** No other address could help, so nothing is tried any more. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anOptionThatTheSocketDoesNotHaveFailsTheConnectionAtOnce(Net net) throws Exception {
        serving(net, (on, server) -> {
            ConnectOptions odd = PLAIN.withResolver(answering(FOUR, FOUR))
                    .withSocketOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            assertThatThrownBy(() -> connect(on, server, odd)).isInstanceOf(UnsupportedOperationException.class);
            assertThat(on.engine.load().channels()).isEqualTo(1);
        });
    }

    @Proves("I-22")
    @Test
    void aListOfAddressesIsCheckedBeforeAnythingIsTried() throws Exception {
        serving(Net.MEMORY, (on, server) -> {
            assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, List.of(), PLAIN))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no address to connect to");
            assertThatThrownBy(() -> on.loop.createConnection(
                            Recorder::new,
                            List.of(
                                    Peer.loopback(server.port()),
                                    InetSocketAddress.createUnresolved("somewhere.invalid", 1)),
                            PLAIN))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("somewhere.invalid");
        });
    }

    /** Until a server listens there, TCP lets a client that is given the very port connect to itself. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aSocketThatMeetsItselfIsAFailure(Net net) throws Exception {
        serving(net, (on, server) -> {
            InetSocketAddress itself = Peer.loopback(server.port());
            server.close();
            on.passes(3);
            ConnectOptions options =
                    PLAIN.withLocalAddress(itself).withSocketOption(StandardSocketOptions.SO_REUSEADDR, true);
            assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, List.of(itself), options))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContainingAll(
                            "127.0.0.1:" + itself.getPort(), net.isMemory() ? "refused" : "met itself");
            assertThat(on.engine.load().channels()).isZero();
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void switchedOffItIsOneAfterAnother(Net net) throws Exception {
        serving(net, (on, server) -> {
            var made = connect(
                    on,
                    server,
                    PLAIN.withHappyEyeballs(HappyEyeballs.OFF)
                            .withTimeout(null)
                            .withResolver(answering(SIX, InetAddress.ofLiteral("127.0.0.2"), FOUR)));
            assertThat(made.transport().remoteAddress()).isEqualTo(Peer.loopback(server.port()));
            made.transport().abort();
        });
    }
}
