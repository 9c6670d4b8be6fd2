package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: a server listens on several hosts, on one family, or on a socket that it is given. Method: every kernel, raw peers. */
@ExtendWith(LeakCheck.class)
@Proves("create_server")
class ServerHostsTest {
    private static final ServerOptions DEFAULTS = ServerOptions.defaults();

    private static List<InetAddress> hosts(Server server) {
        return server.addresses().stream()
                .map(address -> ((InetSocketAddress) address).getAddress())
                .toList();
    }

    private static InetAddress ip(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    @Test
    void oneAddressOnTwoInterfacesIsTwoHosts() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            HostLookup lookup = new HostLookup(Engines.of(on.loop), List.of("fe80::1%1", "fe80::1%2", "fe80::1%1"));
            assertThat(lookup.addresses(null)).hasSize(2);
        }
    }

    // ---- hosts ----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            ports = {
                "test_events.test_create_server_multiple_hosts_ipv4",
                "test_events.test_create_server_multiple_hosts_ipv6"
            })
    void severalHostsAreBoundInTheirOrderAndEachOnce(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(
                        Recorder::new,
                        List.of("127.0.0.2", "127.0.0.1", "127.0.0.2", "localhost", "127.0.0.3"),
                        0,
                        DEFAULTS.withFamily(StandardProtocolFamily.INET));
                assertThat(hosts(server)).containsExactly(ip("127.0.0.2"), ip("127.0.0.1"), ip("127.0.0.3"));
                for (SocketAddress address : server.addresses()) {
                    InetSocketAddress there = (InetSocketAddress) address;
                    on.loop
                            .createConnection(Recorder::new, there.getAddress().getHostAddress(), there.getPort())
                            .transport()
                            .abort();
                }
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void onOneHostThatCannotBeBoundTheOthersAreGivenUp(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Server occupant = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                int port = occupant.port();
                assertThatThrownBy(() ->
                                on.loop.createServer(Recorder::new, List.of("127.0.0.2", "127.0.0.1"), port, DEFAULTS))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("127.0.0.1:" + port);
                on.passes(2);
                on.loop.createServer(Recorder::new, "127.0.0.2", port).close();
                occupant.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_base_events.test_create_server_no_getaddrinfo")
    void oneNameWithoutAnAddressFailsTheWhole(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> assertThatThrownBy(() -> on.loop.createServer(
                            Recorder::new, List.of("127.0.0.1", "no-such-host.invalid", "localhost"), 0, DEFAULTS))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("no-such-host.invalid"));
        }
    }

    @Test
    void withoutAnyHostItIsRefused() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            assertThatThrownBy(() -> on.loop.createServer(Recorder::new, List.of(), 0, DEFAULTS))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no host");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void oneFamilyOnlyLeavesTheOtherOut(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Server four =
                        on.loop.createServer(Recorder::new, "", 0, DEFAULTS.withFamily(StandardProtocolFamily.INET));
                assertThat(hosts(four)).containsExactly(ip("0.0.0.0"));
                four.close();
                Server six = on.loop.createServer(
                        Recorder::new,
                        List.of("127.0.0.1", "::1"),
                        0,
                        DEFAULTS.withFamily(StandardProtocolFamily.INET6));
                assertThat(hosts(six)).containsExactly(ip("::1"));
                six.close();
                assertThatThrownBy(() -> on.loop.createServer(
                                Recorder::new, "127.0.0.1", 0, DEFAULTS.withFamily(StandardProtocolFamily.INET6)))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("no address");
            });
        }
        assertThatThrownBy(() -> DEFAULTS.withFamily(StandardProtocolFamily.UNIX))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("UNIX");
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = {"test_events.test_create_server_dual_stack", "test_base_events.test_create_server_ipv6"})
    void bothFamiliesAreReachedOnOnePort(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                int port = FreePort.next();
                Server server = on.loop.createServer(Recorder::new, "", port);
                for (String host : List.of("127.0.0.1", "::1")) {
                    on.loop
                            .createConnection(Recorder::new, host, port)
                            .transport()
                            .abort();
                }
                on.until("both were served", () -> server.clientCount() == 0);
                server.close();
                server.waitClosed();
            });
        }
    }

    // ---- a socket that is bound already ---------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_events.test_create_server_sock")
    void aBoundSocketIsTakenOver(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket socket = on.loop.openSocket();
                socket.bind(Peer.loopback(0));
                SocketAddress address = socket.localAddress();
                Server server = on.loop.createServer(Recorder::new, socket, DEFAULTS);
                assertThat(socket.isOpen()).isFalse();
                socket.close(); // the old face no longer owns it
                assertThat(server.addresses()).containsExactly(address);
                try (Peer peer = Peer.connect(on, server.port())) {
                    on.until("it is served", () -> server.clientCount() == 1);
                    peer.shutdownOutput();
                    on.until("it has gone", () -> server.clientCount() == 0);
                }
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aListeningSocketIsTakenOverWithWhoWaitsInItsQueue(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket socket = on.loop.openSocket();
                socket.bind(Peer.loopback(0));
                socket.listen(7);
                int port = ((InetSocketAddress) socket.localAddress()).getPort();
                Peer early = Peer.connect(on, port);
                Peer taken = Peer.connect(on, port);
                AsyncSocket byHand = socket.accept();
                Server server = on.loop.createServer(Recorder::new, socket, DEFAULTS);
                on.until("the other one is served", () -> server.clientCount() == 1);
                byHand.close();
                early.close();
                taken.close();
                server.close();
                server.abortClients();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            ports = {
                "test_base_events.test_create_server_wrong_sock",
                "test_base_events.test_create_server_no_host_port_sock"
            })
    void whatIsNoBoundSocketIsRefused(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket fresh = on.loop.openSocket();
                assertThatThrownBy(() -> on.loop.createServer(Recorder::new, fresh, DEFAULTS))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("neither bound nor listening");
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                AsyncSocket connected = on.loop.openSocket();
                connected.connect(Peer.loopback(server.port()));
                assertThatThrownBy(() -> on.loop.createServer(Recorder::new, connected, DEFAULTS))
                        .isInstanceOf(IllegalArgumentException.class);
                AsyncSocket closed = on.loop.openSocket();
                closed.close();
                assertThatThrownBy(() -> on.loop.createServer(Recorder::new, closed, DEFAULTS))
                        .isInstanceOf(ClosedChannelException.class);
                assertThatThrownBy(() -> Transports.createServer(on.loop, Recorder::new, () -> {}, DEFAULTS))
                        .isInstanceOf(IllegalArgumentException.class);
                on.until("the connected one is gone", () -> server.clientCount() == 0);
                server.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aSocketOnWhichATaskAcceptsStaysItsOwn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket socket = on.loop.openSocket();
                socket.bind(Peer.loopback(0));
                socket.listen();
                Task<AsyncSocket> accepting = on.loop.createTask(socket::accept);
                on.passes(2);
                assertThatThrownBy(() -> on.loop.createServer(Recorder::new, socket, DEFAULTS))
                        .isInstanceOf(BusyException.class);
                Peer peer = Peer.connect(on, ((InetSocketAddress) socket.localAddress()).getPort());
                accepting.get().close();
                peer.close();
                socket.close();
            });
        }
    }
}
