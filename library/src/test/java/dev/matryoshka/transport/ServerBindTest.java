package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a server binds to what it was told to, says why when it cannot, and leaves nothing bound then. Method: asyncio's rows of
 * create_server on every kernel; what a machine of today does not show (no IPv6, a family switched off) is put in by hand.
 */
@ExtendWith(LeakCheck.class)
class ServerBindTest {
    private static Server serve(TestLoop on, String host, int port, ServerOptions options) throws Exception {
        return on.loop.createServer(Recorder::new, host, port, options);
    }

    private static Server serve(TestLoop on, String host, int port) throws Exception {
        return serve(on, host, port, ServerOptions.defaults());
    }

    private static Set<Integer> ports(Server server) {
        return server.addresses().stream()
                .map(address -> ((InetSocketAddress) address).getPort())
                .collect(Collectors.toSet());
    }

    /** A port that was free a moment ago. */
    private static int freePort(TestLoop on) throws Exception {
        Server server = serve(on, null, 0);
        int port = server.port();
        server.close();
        on.passes(3);
        return port;
    }

    private static void assertReachable(TestLoop on, String host, int port) throws Exception {
        on.loop.createConnection(Recorder::new, host, port).transport().abort();
        on.passes(2);
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void noHostAndAnEmptyHostMeanEveryInterfaceOfBothFamiliesOnTheOnePort(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                for (String host : Arrays.asList(null, "")) {
                    int port = freePort(on);
                    Server server = serve(on, host, port);
                    assertThat(ports(server)).containsExactly(port);
                    assertThat(server.port()).isEqualTo(port);
                    assertReachable(on, "127.0.0.1", port);
                    assertReachable(on, "::1", port);
                    server.close();
                    server.abortClients();
                    server.waitClosed();
                    on.passes(3);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void portZeroIsChosenBySystem(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Server first = serve(on, null, 0);
                Server second = serve(on, "127.0.0.1", 0);
                assertThat(ports(first)).doesNotContain(0);
                assertThat(ports(second)).doesNotContain(0).doesNotContainAnyElementsOf(ports(first));
                first.close();
                second.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anAddressInUseIsToldWithTheAddressAndNothingStaysBound(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Server occupant = serve(on, "127.0.0.1", 0);
                int port = occupant.port();
                assertThatThrownBy(() -> serve(on, "127.0.0.1", port))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("127.0.0.1:" + port)
                        .hasMessageContaining("EADDRINUSE");
                assertThatThrownBy(() -> serve(on, null, port)).isInstanceOf(BindException.class);
                on.passes(3);
                Server other = serve(on, "::1", port); // the IPv6 half of the failed one is free again
                other.close();
                occupant.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anAddressOfAnotherHostIsToldWithTheAddress(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> assertThatThrownBy(() -> serve(on, "198.51.100.7", 0))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("198.51.100.7")
                    .hasMessageContaining("EADDRNOTAVAIL"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void afterCloseThePortIsFreeAtOnce(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                int port = freePort(on);
                for (int i = 0; i < 3; i++) {
                    Server server = serve(on, "127.0.0.1", port);
                    assertReachable(on, "127.0.0.1", port);
                    server.close();
                    server.abortClients();
                    server.waitClosed();
                    on.passes(3);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aNameIsLookedUpInATaskAndBeforeTheLoopRunsAndRefusedInACallback(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            serve(on, "localhost", 0).close();
            List<Throwable> thrown = new ArrayList<>();
            on.run(() -> {
                Server server = serve(on, "localhost", 0);
                assertReachable(on, "localhost", server.port());
                server.close();
                server.abortClients();
                on.loop.callSoon(() -> {
                    try {
                        serve(on, "localhost", 0);
                    } catch (Exception refused) {
                        thrown.add(refused);
                    }
                });
                on.passes(2);
                assertThatThrownBy(() -> serve(on, "no-such-host.invalid", 0)).isInstanceOf(UnknownHostException.class);
            });
            assertThat(thrown).hasSize(1);
            assertThat(thrown.getFirst())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("localhost");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aPortOutOfRangeIsRefusedWithItsNumber(int port) throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            assertThatThrownBy(() -> serve(on, "127.0.0.1", port))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("" + port);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void serversThatReuseThePortShareIt(Net net) throws Exception {
        ServerOptions shared = ServerOptions.defaults().withReusePort(true);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server first = serve(on, "127.0.0.1", 0, shared);
                Server second = serve(on, "127.0.0.1", first.port(), shared);
                assertThat(second.addresses()).isEqualTo(first.addresses());
                assertThatThrownBy(() -> serve(on, "127.0.0.1", first.port())).isInstanceOf(BindException.class);
                first.close();
                second.close();
            });
        }
    }

    // ---- what is asked of the kernel ------------------------------------------------------------------------------

    /** Serves on every interface over a network in memory that fails as told, and answers what was asked of it. */
    private static List<String> asked(ServerOptions options, Tampered.Tamper failures, List<SocketAddress> bound)
            throws Exception {
        List<String> calls = new ArrayList<>();
        var provider = Tampered.provider(new MemoryNetwork(), (method, arguments) -> {
            calls.add(method + Arrays.toString(arguments));
            return failures.instead(method, arguments);
        });
        try (TestLoop on = TestLoop.over(provider)) {
            on.run(() -> {
                Server server = serve(on, null, 80, options);
                bound.addAll(server.addresses());
                server.close();
            });
        }
        return calls;
    }

    @Test
    void theOptionsReachTheSocketsBeforeTheyAreBound() throws Exception {
        List<SocketAddress> bound = new ArrayList<>();
        List<String> defaults = asked(ServerOptions.defaults(), (method, arguments) -> null, bound);
        assertThat(bound).hasSize(2);
        assertThat(defaults)
                .containsSubsequence(
                        "setOption[SO_REUSEADDR, true]",
                        "setIpv6Only[true]",
                        "bind[/[0:0:0:0:0:0:0:0]:80]",
                        "setOption[SO_REUSEADDR, true]",
                        "bind[/0.0.0.0:80]",
                        "listen[100]",
                        "listen[100]")
                .noneMatch(call -> call.contains("REUSEPORT") || call.contains("KEEPALIVE"));
        List<String> others = asked(
                ServerOptions.defaults()
                        .withReuseAddress(false)
                        .withReusePort(true)
                        .withKeepAlive(true)
                        .withBacklog(7),
                (method, arguments) -> null,
                bound);
        assertThat(others)
                .containsSubsequence(
                        "setOption[SO_REUSEADDR, false]",
                        "setOption[SO_REUSEPORT, true]",
                        "setOption[SO_KEEPALIVE, true]",
                        "bind[/[0:0:0:0:0:0:0:0]:80]",
                        "listen[7]");
        assertThat(others).doesNotContain("setOption[SO_REUSEADDR, true]", "listen[100]");
    }

    @Test
    void aFamilyWithoutSocketsIsSkipped() throws Exception {
        List<SocketAddress> bound = new ArrayList<>();
        asked(ServerOptions.defaults(), ServerBindTest::withoutIpv6, bound);
        assertThat(bound).containsExactly(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 80));
    }

    private static Throwable withoutIpv6(String method, Object[] arguments) {
        boolean ipv6 = method.equals("openStream") && arguments[0] == StandardProtocolFamily.INET6;
        return ipv6 ? new UnsupportedOperationException("no IPv6 here") : null;
    }

    @Test
    void aFamilyThatIsSwitchedOffIsSkipped() throws Exception {
        List<SocketAddress> bound = new ArrayList<>();
        asked(ServerOptions.defaults(), ServerBindTest::ipv6NotOurs, bound);
        assertThat(bound).containsExactly(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 80));
    }

    private static Throwable ipv6NotOurs(String method, Object[] arguments) {
        boolean ipv6 = method.equals("bind") && arguments[0].toString().contains("0:0:0:0");
        return ipv6 ? new BindException("bind to [::]:80: Cannot assign requested address (EADDRNOTAVAIL)") : null;
    }

    @Test
    void withNoFamilyAtAllTheFirstFailureIsThrownAndTheOtherOneSuppressed() {
        assertThatThrownBy(() -> asked(
                        ServerOptions.defaults(),
                        (method, arguments) -> method.equals("openStream")
                                ? new UnsupportedOperationException("no " + ((ProtocolFamily) arguments[0]).name())
                                : null,
                        new ArrayList<>()))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("no INET6")
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
    }

    @Test
    void aFailingListenIsToldAsItIsAndLeavesNothing() {
        BindException inUse = new BindException("listen on 0.0.0.0:80: Address already in use (EADDRINUSE)");
        assertThatThrownBy(() -> asked(
                        ServerOptions.defaults(),
                        (method, arguments) -> method.equals("listen") ? inUse : null,
                        new ArrayList<>()))
                .isSameAs(inUse);
    }

    @Test
    void anAddressThatIsForbiddenIsNeverSkipped() {
        assertThatThrownBy(() -> asked(
                        ServerOptions.defaults(),
                        (method, arguments) ->
                                method.equals("bind") && arguments[0].toString().contains("0.0.0.0")
                                        ? new BindException("bind to 0.0.0.0:80: Permission denied (EACCES)")
                                        : null,
                        new ArrayList<>()))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("EACCES");
    }
}
