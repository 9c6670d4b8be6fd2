package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: what a server asks of its sockets, and what it does when one of them fails. Method: a network in memory whose calls are
 * written down, and fail as the test says: what a machine of today does not show is put in by hand.
 */
@ExtendWith(LeakCheck.class)
class ServerSocketsTest {
    private static Server serve(TestLoop on, String host, int port, ServerOptions options) throws Exception {
        return on.loop.createServer(Recorder::new, host, port, options);
    }

    private static Server serve(TestLoop on, String host, int port) throws Exception {
        return serve(on, host, port, ServerOptions.defaults());
    }

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

    private static Throwable withoutIpv6(String method, Object[] arguments) {
        boolean ipv6 = method.equals("openStream") && arguments[0] == StandardProtocolFamily.INET6;
        return ipv6 ? new UnsupportedOperationException("no IPv6 here") : null;
    }

    private static Throwable ipv6NotOurs(String method, Object[] arguments) {
        boolean ipv6 = method.equals("bind") && arguments[0].toString().contains("0:0:0:0");
        return ipv6 ? new BindException("bind to [::]:80: Cannot assign requested address (EADDRNOTAVAIL)") : null;
    }

    @Proves({"S-33", "S-37", "create_server"})
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

    @Proves("create_server")
    @Test
    void aFamilyWithoutSocketsIsSkipped() throws Exception {
        List<SocketAddress> bound = new ArrayList<>();
        asked(ServerOptions.defaults(), ServerSocketsTest::withoutIpv6, bound);
        assertThat(bound).containsExactly(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 80));
    }

    @Test
    void aFamilyThatIsSwitchedOffIsSkipped() throws Exception {
        List<SocketAddress> bound = new ArrayList<>();
        asked(ServerOptions.defaults(), ServerSocketsTest::ipv6NotOurs, bound);
        assertThat(bound).containsExactly(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 80));
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
