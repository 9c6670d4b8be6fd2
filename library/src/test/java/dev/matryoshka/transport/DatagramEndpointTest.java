package dev.matryoshka.transport;

import static dev.matryoshka.transport.DatagramTransportTest.HERE;
import static dev.matryoshka.transport.DatagramTransportTest.close;
import static dev.matryoshka.transport.DatagramTransportTest.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.resolve.Resolver;
import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: an endpoint opens between the addresses that it was asked for, or says why not and leaves nothing open. Method: each way in. */
@ExtendWith(LeakCheck.class)
@Proves("create_datagram_endpoint")
class DatagramEndpointTest {
    private static final DatagramOptions NONE = DatagramOptions.defaults();

    /** Knows two.test with both families, four.test with IPv4. */
    private static final Resolver NAMES = host -> switch (host) {
        case "two.test" -> found("::1", "127.0.0.1");
        case "four.test" -> found("127.0.0.1");
        case "never.test" -> new CompletableFuture<>();
        default -> CompletableFuture.failedFuture(new UnknownHostException(host));
    };

    private static CompletableFuture<List<InetAddress>> found(String... literals) {
        return CompletableFuture.completedFuture(
                Arrays.stream(literals).map(InetAddress::ofLiteral).toList());
    }

    private static TestLoop over(Net net) {
        TestLoop on = TestLoop.over(net);
        on.loop.setResolver(NAMES);
        return on;
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_base_events.test_create_datagram_endpoint_no_addrinfo")
    void aNameIsLookedUp(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams server = open(on, new HeardDatagrams.Echo(), NONE.withLocal("four.test", 0));
                int port = ((InetSocketAddress) server.transport.localAddress()).getPort();
                HeardDatagrams client = open(on, new HeardDatagrams(), NONE.withRemote("four.test", port));
                client.transport.send("x".getBytes());
                on.until("it is answered", () -> client.received() == 1);
                close(on, server, client);
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), NONE.withRemote("nowhere.test", 1)))
                        .isInstanceOf(UnknownHostException.class)
                        .hasMessageContaining("nowhere.test");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_base_events.test_create_datagram_endpoint_no_matching_family")
    void bothEndsHaveOneFamily(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(
                        on, new HeardDatagrams(), NONE.withLocal("two.test", 0).withRemote("four.test", 9));
                assertThat(a.transport.localAddress().toString()).startsWith("/127.0.0.1:");
                HeardDatagrams b = open(on, new HeardDatagrams(), NONE.withLocal("two.test", 0));
                assertThat(b.transport.localAddress().toString()).contains("0:1");
                HeardDatagrams c = open(
                        on,
                        new HeardDatagrams(),
                        NONE.withLocal("two.test", 0).withFamily(StandardProtocolFamily.INET));
                assertThat(c.transport.localAddress().toString()).startsWith("/127.0.0.1:");
                close(on, a, b, c);
                assertThatThrownBy(() -> open(
                                on,
                                new HeardDatagrams(),
                                NONE.withLocal("::1", 0).withRemote("four.test", 9)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("can not get address information");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            ports = {
                "test_base_events.test_create_datagram_endpoint_cant_bind",
                "test_base_events.test_create_datagram_endpoint_socket_err"
            })
    void theFirstFailureIsThrownAndTheOthersAreSuppressedOntoIt(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = over(net)) {
            on.run(() -> {
                int port = FreePort.next();
                HeardDatagrams six = open(on, new HeardDatagrams(), NONE.withLocal("::1", port));
                HeardDatagrams four = open(on, new HeardDatagrams(), NONE.withLocal("127.0.0.1", port));
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), NONE.withLocal("two.test", port)))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("0:1")
                        .satisfies(failed -> assertThat(failed.getSuppressed()).hasSize(1));
                close(on, six);
                HeardDatagrams second = open(on, new HeardDatagrams(), NONE.withLocal("two.test", port));
                close(on, four, second);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            ports = {
                "test_base_events.test_create_datagram_endpoint_noaddr_nofamily",
                "test_base_events.test_create_datagram_endpoint_addr_error"
            })
    void whatMakesNoSenseIsRefused(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), NONE))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("unexpected address family");
                UnixDomainSocketAddress unix = UnixDomainSocketAddress.of("/tmp/x");
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), HERE.withRemote(unix)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("Unix domain");
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), HERE.withFamily(StandardProtocolFamily.UNIX)))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> open(on, null, HERE)).hasMessageContaining("factory returned null");
                HeardDatagrams fresh = open(on, new HeardDatagrams(), NONE.withFamily(StandardProtocolFamily.INET));
                assertThat(fresh.transport.localAddress()).isNull();
                close(on, fresh);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_base_events.test_create_datagram_endpoint_allow_broadcast")
    void whoMayBroadcastIsNotConnected(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams server = open(on, new HeardDatagrams.Echo(), HERE);
                HeardDatagrams stranger = open(on);
                HeardDatagrams client = open(
                        on,
                        new HeardDatagrams(),
                        HERE.withRemote(server.transport.localAddress()).withBroadcast(true));
                assertThat(client.transport.remoteAddress()).isEqualTo(server.transport.localAddress());
                client.transport.send("x".getBytes());
                on.until("it is answered", () -> client.received() == 1);
                stranger.transport.sendTo("me too".getBytes(), client.transport.localAddress());
                on.until("the stranger is heard", () -> client.received() == 2);
                assertThatThrownBy(() -> client.transport.sendTo("x".getBytes(), stranger.transport.localAddress()))
                        .isInstanceOf(IllegalArgumentException.class);
                close(on, server, stranger, client);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_base_events.test_create_datagram_endpoint_sockopts")
    void severalMayShareAPort(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams first = open(on, new HeardDatagrams(), HERE.withReusePort(true));
                HeardDatagrams second = open(
                        on,
                        new HeardDatagrams(),
                        NONE.withLocal(first.transport.localAddress()).withReusePort(true));
                assertThat(second.transport.localAddress()).isEqualTo(first.transport.localAddress());
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), NONE.withLocal(first.transport.localAddress())))
                        .isInstanceOf(BindException.class);
                close(on, first, second);
            });
        }
    }

    // ---- a socket that is there -----------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            ports = {
                "test_events.test_create_datagram_endpoint_sock",
                "test_base_events.test_create_datagram_endpoint_sock_sockopts"
            })
    void aSocketOfTheInnerDollIsTakenOver(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams server = open(on, new HeardDatagrams.Echo(), HERE);
                AsyncDatagramSocket socket = on.loop.openDatagramSocket(StandardProtocolFamily.INET);
                socket.setOption(StandardSocketOptions.SO_RCVBUF, 30_000);
                socket.connect(server.transport.localAddress());
                assertThatThrownBy(() ->
                                on.loop.createDatagramEndpoint(HeardDatagrams::new, socket, HERE.withReusePort(true)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("local, reusePort");
                assertThat(socket.isOpen()).isTrue();
                HeardDatagrams client = on.loop
                        .createDatagramEndpoint(HeardDatagrams::new, socket, NONE)
                        .protocol();
                assertThat(socket.isOpen()).isFalse();
                assertThatThrownBy(() -> socket.recvFrom(1)).isInstanceOf(IllegalStateException.class);
                assertThat(client.transport.getOption(StandardSocketOptions.SO_RCVBUF))
                        .isEqualTo(30_000);
                client.transport.send("x".getBytes());
                on.until("it is answered", () -> client.received() == 1);
                close(on, server, client);
                assertThatThrownBy(() -> on.loop.createDatagramEndpoint(HeardDatagrams::new, socket, NONE))
                        .isInstanceOf(IllegalStateException.class);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = "MEMORY")
    @Proves(ports = "test_base_events.test_create_datagram_endpoint_wrong_sock")
    void aStreamSocketIsRefusedAndStaysOpen(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                try (var stream = on.loop.openSocket();
                        var closed = on.loop.openDatagramSocket(StandardProtocolFamily.INET)) {
                    assertThatThrownBy(() -> DatagramEndpoints.create(on.loop, HeardDatagrams::new, stream, NONE))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("a datagram socket was expected");
                    assertThat(stream.isOpen()).isTrue();
                    closed.close();
                    assertThatThrownBy(() -> DatagramEndpoints.create(on.loop, HeardDatagrams::new, closed, NONE))
                            .isInstanceOf(ClosedChannelException.class);
                }
            });
        }
    }

    // ---- giving up ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whoIsCancelledLeavesNothingOpen(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                Task<?> opening = on.loop.createTask(
                        "opening", () -> open(on, new HeardDatagrams(), NONE.withLocal("never.test", 0)));
                on.passes(3);
                opening.cancel(true);
                on.until("it is over", opening::isDone);
                assertThat(opening.isCancelled()).isTrue();
                HeardDatagrams never = new HeardDatagrams();
                CompletableFuture<DatagramEndpoint<HeardDatagrams>> future =
                        on.loop.createDatagramEndpointAsync(() -> never, HERE);
                future.cancel(true);
                on.passes(3);
                assertThat(never.events).isEmpty();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFactoryThatThrowsFailsTheOpening(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> assertThatThrownBy(() -> on.loop.createDatagramEndpoint(
                            () -> {
                                throw new IllegalStateException("on purpose");
                            },
                            HERE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("on purpose"));
        }
    }

    // ---- Unix files -----------------------------------------------------------------------------------------------

    @Test
    void whatCannotBeConnectedLeavesNoFileBehind(@TempDir Path directory) throws Exception {
        Path own = directory.resolve("own");
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> assertThatThrownBy(() -> open(
                            on,
                            new HeardDatagrams(),
                            NONE.withLocal(UnixDomainSocketAddress.of(own))
                                    .withRemote(UnixDomainSocketAddress.of(directory.resolve("nobody")))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ENOENT"));
        }
        assertThat(own).doesNotExist();
    }

    @Test
    @Proves(
            ports = {
                "test_base_events.test_create_datagram_endpoint_sock_unix",
                "test_base_events.test_create_datagram_endpoint_existing_sock_unix"
            })
    void aStaleSocketFileIsReplacedAndNoOther(@TempDir Path directory) throws Exception {
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(directory.resolve("s"));
        DatagramOptions options = NONE.withLocal(path);
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                HeardDatagrams first = open(on, new HeardDatagrams(), options);
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), options))
                        .isInstanceOf(BindException.class);
                close(on, first);
                on.passes(2); // the descriptor goes at the end of a pass
                assertThat(path.getPath()).exists();
                HeardDatagrams second = open(on, new HeardDatagrams(), options);
                close(on, second);
                on.passes(2);
                Files.delete(path.getPath());
                Files.writeString(path.getPath(), "not a socket");
                assertThatThrownBy(() -> open(on, new HeardDatagrams(), options))
                        .isInstanceOf(BindException.class);
                assertThat(path.getPath()).hasContent("not a socket");
            });
        }
    }

    @Test
    void aKernelWithoutUnixDatagramsSaysSo() throws Exception {
        try (TestLoop on = TestLoop.over(Net.NIO)) {
            on.run(() -> assertThatThrownBy(() ->
                            open(on, new HeardDatagrams(), NONE.withLocal(UnixDomainSocketAddress.of("/tmp/none"))))
                    .isInstanceOf(UnsupportedOperationException.class));
        }
    }

    @Test
    void nobodyOfThatUnixNameFailsTheOpening(@TempDir Path directory) throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> assertThatThrownBy(() -> open(
                            on,
                            new HeardDatagrams(),
                            NONE.withRemote(UnixDomainSocketAddress.of(directory.resolve("none")))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ENOENT"));
        }
    }
}
