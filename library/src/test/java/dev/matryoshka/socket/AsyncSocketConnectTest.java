package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.LOOPBACK;
import static dev.matryoshka.socket.SocketPair.address;
import static dev.matryoshka.socket.SocketPair.ascii;
import static dev.matryoshka.socket.SocketPair.deadAddress;
import static dev.matryoshka.socket.SocketPair.fresh;
import static dev.matryoshka.socket.SocketPair.listen;
import static dev.matryoshka.socket.SocketPair.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.resolve.Resolver;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: a connection is made, refused or looked up as the caller said, and both ends know who they are. Over every kernel. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@MethodSource("dev.matryoshka.support.Net#fair")
class AsyncSocketConnectTest {
    private final Net net;

    AsyncSocketConnectTest(Net net) {
        this.net = net;
    }

    @Proves(
            value = {"S-9", "S-14", "sock_accept", "sock_connect"},
            ports = "test_sock_lowlevel.test_sock_accept")
    @Test
    void bothEndsKnowBothAddresses() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        AsyncSocket client = fresh(on)) {
                    assertThat(client.remoteAddress()).isNull();
                    client.connect(address(listener));
                    try (AsyncSocket server = listener.accept()) {
                        assertThat(client.remoteAddress()).isEqualTo(listener.localAddress());
                        assertThat(server.localAddress()).isEqualTo(listener.localAddress());
                        assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
                        assertThat(listener.remoteAddress()).isNull();
                        assertThat(server.loop()).isSameAs(on.loop);
                        assertThat(server)
                                .hasToString("AsyncSocket[INET, connected, " + server.localAddress() + " -> "
                                        + server.remoteAddress() + "]");
                        server.close();
                        assertThat(server.localAddress()).isNull();
                        assertThat(server.remoteAddress()).isNull();
                    }
                }
            });
        }
    }

    @Proves(value = "sock_connect", ports = "test_sock_lowlevel.test_sock_client_fail")
    @Test
    void refusedSaysWhere() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                InetSocketAddress dead = (InetSocketAddress) deadAddress(on);
                try (AsyncSocket client = fresh(on)) {
                    assertThatThrownBy(() -> client.connect(dead))
                            .isInstanceOf(ConnectException.class)
                            .hasMessageContaining("127.0.0.1")
                            .hasMessageContaining(String.valueOf(dead.getPort()));
                    assertThat(client.isOpen()).isTrue();
                    assertThatThrownBy(() -> client.recv(1))
                            .isInstanceOf(SocketException.class)
                            .hasCauseInstanceOf(ConnectException.class);
                    assertThatThrownBy(() -> client.connect(dead)).isInstanceOf(SocketException.class);
                }
            });
        }
    }

    @Proves(value = "S-16", ports = "test_selector_events.test_sock_connect_resolve_using_socket_params")
    @Test
    void aNameIsLookedUpForTheFamilyOfTheSocket() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        AsyncSocket client = fresh(on)) {
                    int port = ((InetSocketAddress) address(listener)).getPort();
                    Resolver resolver = host -> CompletableFuture.supplyAsync(() -> {
                        assertThat(host).isEqualTo("example.test");
                        return List.of(InetAddress.ofLiteral("::1"), LOOPBACK);
                    });
                    client.connect(InetSocketAddress.createUnresolved("example.test", port), resolver);
                    assertThat(client.remoteAddress()).isEqualTo(listener.localAddress());
                }
            });
        }
    }

    @Proves({"S-17", "S-18", "literal_fast_path"})
    @Test
    void aLiteralReachesNoResolver() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        AsyncSocket client = fresh(on)) {
                    int port = ((InetSocketAddress) address(listener)).getPort();
                    client.connect(InetSocketAddress.createUnresolved("127.0.0.1", port), host -> {
                        throw new AssertionError("asked for " + host);
                    });
                    assertThat(client.remoteAddress()).isEqualTo(listener.localAddress());
                }
            });
        }
    }

    @Test
    void aNameWithoutAnAddressOfTheFamilyIsUnknownAndTheSocketIsAsBefore() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        AsyncSocket client = fresh(on)) {
                    SocketAddress named = InetSocketAddress.createUnresolved("six.test", 80);
                    assertThatThrownBy(() -> client.connect(
                                    named,
                                    host -> CompletableFuture.completedFuture(List.of(InetAddress.ofLiteral("::1")))))
                            .isInstanceOf(UnknownHostException.class)
                            .hasMessageContaining("six.test");
                    assertThatThrownBy(
                                    () -> client.connect(named, host -> CompletableFuture.completedFuture(List.of())))
                            .isInstanceOf(UnknownHostException.class)
                            .hasMessageContaining("six.test");
                    assertThatThrownBy(() -> client.connect(
                                    named, host -> CompletableFuture.failedFuture(new UnknownHostException("no such"))))
                            .isInstanceOf(UnknownHostException.class)
                            .hasMessageContaining("no such");
                    client.connect(address(listener));
                }
            });
        }
    }

    @Test
    void aLookUpThatIsCancelledIsGivenUpAndLeavesTheSocketAsItWas() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        AsyncSocket client = fresh(on)) {
                    CompletableFuture<List<InetAddress>> never = new CompletableFuture<>();
                    Task<?> connecting = on.loop.createTask(
                            () -> client.connect(InetSocketAddress.createUnresolved("slow.test", 80), host -> never));
                    on.passes(3);
                    connecting.cancel();
                    assertThatThrownBy(connecting::await).isInstanceOf(CancellationException.class);
                    assertThat(never).isCancelled();
                    client.connect(address(listener));
                    assertThat(client.remoteAddress()).isNotNull();
                }
            });
        }
    }

    @Test
    void eachCallHasItsTime() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        SocketPair pair = SocketPair.open(on);
                        AsyncSocket fresh = fresh(on)) {
                    assertMisuse(() -> fresh.recv(1), "recv", "connected", "fresh");
                    assertMisuse(() -> fresh.sendAll(ascii("x")), "sendAll", "connected", "fresh");
                    assertMisuse(fresh::accept, "accept", "listening", "fresh");
                    assertMisuse(fresh::shutdownOutput, "shutdownOutput", "connected", "fresh");
                    assertMisuse(() -> listener.recv(1), "recv", "listening");
                    assertMisuse(() -> listener.connect(address(listener)), "connect", "listening");
                    assertMisuse(listener::listen, "listen", "listening");
                    assertMisuse(() -> pair.client().connect(address(listener)), "connect", "connected");
                    assertMisuse(() -> pair.client().listen(), "listen", "connected");
                    assertThatThrownBy(() -> fresh.listen(0)).isInstanceOf(IllegalArgumentException.class);
                }
            });
        }
    }

    private static void assertMisuse(ThrowingCallable call, CharSequence... inMessage) {
        assertThatThrownBy(call)
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(inMessage);
    }

    @Proves("S-17")
    @Test
    void bindTakesLiteralsButNoNames() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket socket = fresh(on)) {
                    assertThatThrownBy(() -> socket.bind(InetSocketAddress.createUnresolved("localhost", 0)))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("localhost");
                    socket.bind(InetSocketAddress.createUnresolved("127.0.0.1", 0));
                    assertThat(((InetSocketAddress) address(socket)).getPort()).isPositive();
                }
            });
        }
    }

    @Test
    void anAddressInUseSaysWhich() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        AsyncSocket second = fresh(on)) {
                    assertThatThrownBy(() -> {
                                second.bind(address(listener));
                                second.listen();
                            })
                            .isInstanceOf(BindException.class)
                            .hasMessageContaining("127.0.0.1");
                }
            });
        }
    }

    @Test
    void optionsGoToTheSystemAndBack() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    AsyncSocket client = pair.client();
                    assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY))
                            .isFalse();
                    assertThat(client.setOption(StandardSocketOptions.TCP_NODELAY, true))
                            .isSameAs(client);
                    assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY))
                            .isTrue();
                    assertThatThrownBy(() -> client.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true))
                            .isInstanceOf(UnsupportedOperationException.class);
                }
            });
        }
    }

    @Proves(value = "S-2", ports = "test_sock_lowlevel.test_unix_sock_client_ops")
    @Test
    void unixSocketsAreTheSame() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            Path directory = Files.createTempDirectory("matryoshka");
            SocketAddress address = UnixDomainSocketAddress.of(directory.resolve("socket"));
            on.run(() -> {
                try (AsyncSocket listener = AsyncSocket.open(on.loop, StandardProtocolFamily.UNIX);
                        AsyncSocket client = AsyncSocket.open(on.loop, StandardProtocolFamily.UNIX)) {
                    listener.bind(address);
                    listener.listen();
                    client.connect(address);
                    try (AsyncSocket server = listener.accept()) {
                        client.sendAll(ascii("hello"));
                        ByteBuffer buffer = ByteBuffer.allocate(9);
                        assertThat(server.recvInto(buffer)).isEqualTo(5);
                        assertThat(text(Arrays.copyOf(buffer.array(), 5))).isEqualTo("hello");
                        assertThat(client.remoteAddress()).isEqualTo(address);
                    }
                }
            });
            Files.deleteIfExists(directory.resolve("socket"));
            Files.delete(directory);
        }
    }
}
