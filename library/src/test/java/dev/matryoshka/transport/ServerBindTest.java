package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
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

    private static void assertReachable(TestLoop on, String host, int port) throws Exception {
        on.loop.createConnection(Recorder::new, host, port).transport().abort();
        on.passes(2);
    }

    @Proves(
            value = "create_server",
            ports = {
                "test_base_events.test_create_server_empty_host",
                "test_events.test_create_server_dual_stack",
                "test_base_events.test_create_server_ipv6"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void noHostAndAnEmptyHostMeanEveryInterfaceOfBothFamiliesOnTheOnePort(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                for (String host : Arrays.asList(null, "")) {
                    int port = FreePort.next();
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

    @Proves({"create_server", "Server.sockets"})
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

    @Proves(
            value = {"S-33", "create_server"},
            ports = "test_events.test_create_server_addr_in_use")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anAddressInUseIsToldWithTheAddressAndNothingStaysBound(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                int port = FreePort.next();
                Server occupant = serve(on, "127.0.0.1", port);
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

    @Proves(value = "create_server", ports = "test_base_events.test_create_server_cant_bind")
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

    @Proves(value = "Server.close", ports = "test_events.test_server_close")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void afterCloseThePortIsFreeAtOnce(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                int port = FreePort.next();
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
                on.loop.setResolver(name -> CompletableFuture.failedFuture(new UnknownHostException(name)));
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

    @Proves(value = "create_server", ports = "test_events.test_create_server_reuse_port")
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
}
