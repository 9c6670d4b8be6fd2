package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: datagrams, errors and ends come to the protocol as its grammar says, over every kernel. Method: two endpoints on one loop;
 * what would take room that nobody has is {@link DatagramBufferTest}'s.
 */
@ExtendWith(LeakCheck.class)
@Proves("create_datagram_endpoint")
class DatagramTransportTest {
    static final DatagramOptions HERE = DatagramOptions.defaults().withLocal("127.0.0.1", 0);

    static <P extends DatagramProtocol> P open(TestLoop on, P protocol, DatagramOptions options) throws Exception {
        return on.loop.createDatagramEndpoint(() -> protocol, options).protocol();
    }

    static HeardDatagrams open(TestLoop on) throws Exception {
        return open(on, new HeardDatagrams(), HERE);
    }

    static DatagramOptions to(HeardDatagrams other) {
        return DatagramOptions.defaults().withRemote(other.transport.localAddress());
    }

    static void close(TestLoop on, HeardDatagrams... all) throws InterruptedException {
        for (HeardDatagrams each : all) {
            each.transport.close();
        }
        on.until("all closed", () -> List.of(all).stream().allMatch(HeardDatagrams::isLost));
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(
            value = "DatagramProtocol.datagram_received",
            ports = {"test_events.test_create_datagram_endpoint", "test_selector_events.test_read_ready"})
    void anEchoGoesThereAndBack(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams server = open(on, new HeardDatagrams.Echo(), HERE);
                HeardDatagrams client = open(on, new HeardDatagrams(), to(server));
                client.transport.send("xxx".getBytes());
                on.until("the answer is here", () -> client.received() == 1);
                assertThat(server.events).containsExactly("made", "\"xxx\"");
                assertThat(client.events).containsExactly("made", "\"xxx\"");
                assertThat(client.senders).containsExactly(server.transport.localAddress());
                assertThat(client.transport.remoteAddress()).isEqualTo(server.transport.localAddress());
                close(on, server, client);
                assertThat(client.events).containsExactly("made", "\"xxx\"", "lost null");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_selector_events.test_sendto_no_data")
    void anEmptyDatagramIsOneToo(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                a.transport.sendTo(new byte[0], b.transport.localAddress());
                a.transport.sendTo("x".getBytes(), b.transport.localAddress());
                on.until("both are here", () -> b.received() == 2);
                assertThat(b.events).containsExactly("made", "\"\"", "\"x\"");
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theBufferIsFreeWhenSendReturns(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                byte[] bytes = "1".getBytes();
                ByteBuffer data = ByteBuffer.wrap(bytes);
                a.transport.sendTo(data, b.transport.localAddress());
                assertThat(data.hasRemaining()).isFalse();
                bytes[0] = '2';
                on.until("it is here", () -> b.received() == 1);
                assertThat(b.events).contains("\"1\"");
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            value = "S-48",
            ports = {"test_selector_events.test_sendto_connected_addr", "test_selector_events.test_sendto_str"})
    void aConnectedEndpointSendsToItsPeerOnly(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams server = open(on);
                HeardDatagrams client = open(on, new HeardDatagrams(), to(server));
                client.transport.sendTo("ok".getBytes(), server.transport.localAddress());
                assertThatThrownBy(() -> client.transport.sendTo("no".getBytes(), client.transport.localAddress()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("must be null or " + server.transport.localAddress());
                assertThatThrownBy(() -> server.transport.send("no".getBytes()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("no remote address");
                on.until("it is here", () -> server.received() == 1);
                close(on, server, client);
            });
        }
    }

    @Test
    void aPeerOnOneLinkIsNotTheSameAddressOnAnother() throws Exception {
        MemoryNetwork network = new MemoryNetwork().addHost(InetAddress.ofLiteral("fe80::1"));
        try (TestLoop on = TestLoop.over(network)) {
            on.run(() -> {
                SocketAddress peer = new InetSocketAddress(InetAddress.ofLiteral("fe80::1%1"), 9);
                SocketAddress other = new InetSocketAddress(InetAddress.ofLiteral("fe80::1%2"), 9);
                HeardDatagrams client = open(
                        on, new HeardDatagrams(), DatagramOptions.defaults().withRemote(peer));
                assertThatThrownBy(() -> client.transport.sendTo("no".getBytes(), other))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("must be null or " + peer);
                close(on, client);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anAddressThatCannotBeReachedFromHereIsAMisuse(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                for (SocketAddress wrong : List.of(
                        InetSocketAddress.createUnresolved("localhost", 1),
                        new InetSocketAddress("::1", 1),
                        UnixDomainSocketAddress.of("/nowhere"))) {
                    assertThatThrownBy(() -> a.transport.sendTo("x".getBytes(), wrong))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining(wrong.toString());
                }
                close(on, a);
                assertThat(a.events).containsExactly("made", "lost null");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            value = "DatagramProtocol.error_received",
            ports = {
                "test_events.test_datagram_send_to_non_listening_address",
                "test_selector_events.test_read_ready_oserr"
            })
    void nobodyThereIsAnErrorAndLifeGoesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SocketAddress address = new InetSocketAddress("127.0.0.1", FreePort.next());
                HeardDatagrams client = open(
                        on, new HeardDatagrams(), DatagramOptions.defaults().withRemote(address));
                client.transport.send("anybody?".getBytes());
                on.until("it is told", () -> !client.errors.isEmpty());
                assertThat(client.errors.getFirst())
                        .isInstanceOf(PortUnreachableException.class)
                        .hasMessageContaining("ECONNREFUSED");
                HeardDatagrams heir = open(
                        on,
                        new HeardDatagrams.Echo(),
                        DatagramOptions.defaults().withLocal(address));
                client.transport.send("and now?".getBytes());
                on.until("it is answered", () -> client.received() == 1);
                close(on, client, heir);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_selector_events.test_sendto_error_received")
    void aDatagramThatIsTooLongIsAnErrorAndLifeGoesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                ByteBuffer tooLong = ByteBuffer.allocate(70_000);
                a.transport.sendTo(tooLong, b.transport.localAddress());
                assertThat(tooLong.hasRemaining()).isFalse();
                assertThat(a.errors).hasSize(1);
                assertThat(a.errors.getFirst())
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("EMSGSIZE");
                assertThat(a.transport.isClosing()).isFalse();
                a.transport.sendTo("short".getBytes(), b.transport.localAddress());
                on.until("it is here", () -> b.received() == 1);
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = {"test_protocols.test_datagram_protocol", "test_selector_events.test_fatal_error"})
    void whatCallbacksThrowIsReportedAndEndsNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams throwing = new HeardDatagrams() {
                    @Override
                    public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
                        super.datagramReceived(datagram, sender);
                        throw new IllegalStateException("on purpose");
                    }
                };
                HeardDatagrams b = open(on, throwing, HERE);
                HeardDatagrams a = open(on);
                a.transport.sendTo("1".getBytes(), b.transport.localAddress());
                a.transport.sendTo("2".getBytes(), b.transport.localAddress());
                on.until("both are here", () -> b.received() == 2);
                close(on, a, b);
            });
            assertThat(on.reported())
                    .hasSize(2)
                    .allSatisfy(context -> assertThat(context.message()).contains("datagramReceived"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whoPausesReadingHearsNothingUntilItResumes(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams pausing = new HeardDatagrams() {
                    @Override
                    public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
                        super.datagramReceived(datagram, sender);
                        transport.pauseReading();
                    }
                };
                HeardDatagrams b = open(on, pausing, HERE);
                HeardDatagrams a = open(on);
                for (int i = 1; i <= 3; i++) {
                    a.transport.sendTo(("" + i).getBytes(), b.transport.localAddress());
                }
                for (int i = 1; i <= 3; i++) {
                    int expected = i;
                    on.until(i + " are here", () -> b.received() == expected);
                    assertThat(b.transport.isReading()).isFalse();
                    on.assertQuiet();
                    assertThat(b.received()).isEqualTo(i);
                    b.transport.resumeReading();
                    assertThat(b.transport.isReading()).isTrue();
                }
                assertThat(b.events).containsExactly("made", "\"1\"", "\"2\"", "\"3\"");
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anEndpointThatWasPausedInConnectionMadeHearsNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams paused = new HeardDatagrams() {
                    @Override
                    public void connectionMade(DatagramTransport made) {
                        super.connectionMade(made);
                        made.pauseReading();
                    }
                };
                HeardDatagrams b = open(on, paused, HERE);
                HeardDatagrams a = open(on);
                a.transport.sendTo("x".getBytes(), b.transport.localAddress());
                on.assertQuiet();
                assertThat(b.events).containsExactly("made");
                b.transport.resumeReading();
                on.until("it is here", () -> b.received() == 1);
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(value = "W2", ports = "test_selector_events.test_sendto_closing")
    void whatIsSentAfterTheEndIsDroppedAndCounted(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                SocketAddress own = a.transport.localAddress();
                a.transport.close();
                a.transport.close();
                assertThat(a.transport.isClosing()).isTrue();
                a.transport.sendTo("x".getBytes(), own);
                a.transport.sendTo(new byte[0], own);
                assertThat(a.transport.droppedDatagrams()).isEqualTo(2);
                on.until("closed", a::isLost);
                a.transport.abort();
                a.transport.pauseReading();
                a.transport.resumeReading();
                assertThat(a.events).containsExactly("made", "lost null");
                assertThat(a.transport.localAddress()).isEqualTo(own);
                assertThatThrownBy(() -> a.transport.setOption(StandardSocketOptions.SO_BROADCAST, true))
                        .isInstanceOf(ClosedChannelException.class);
                assertThat(a.transport.isReading()).isFalse();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closingInACallbackEndsTheBurst(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams closing = new HeardDatagrams() {
                    @Override
                    public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
                        super.datagramReceived(datagram, sender);
                        transport.close();
                        transport.abort();
                    }
                };
                HeardDatagrams b = open(on, closing, HERE);
                HeardDatagrams a = open(on);
                for (int i = 0; i < 5; i++) {
                    a.transport.sendTo("x".getBytes(), b.transport.localAddress());
                }
                on.until("closed", b::isLost);
                assertThat(b.events).containsExactly("made", "\"x\"", "lost null");
                close(on, a);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anotherProtocolHearsWhatComesNext(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams first = open(on);
                HeardDatagrams second = new HeardDatagrams();
                HeardDatagrams a = open(on);
                DatagramTransport transport = first.transport;
                transport.setProtocol(second);
                assertThat(transport.protocol()).isSameAs(second);
                a.transport.sendTo("x".getBytes(), transport.localAddress());
                on.until("it is here", () -> second.received() == 1);
                transport.close();
                on.until("closed", second::isLost);
                assertThat(first.events).containsExactly("made");
                close(on, a);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void ipv6EndpointsTalk(Net net) throws Exception {
        Ipv6.assume(net);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramOptions six = DatagramOptions.defaults().withLocal("::1", 0);
                HeardDatagrams server = open(on, new HeardDatagrams.Echo(), six);
                HeardDatagrams client = open(on, new HeardDatagrams(), to(server));
                client.transport.send("six".getBytes());
                on.until("it is answered", () -> client.received() == 1);
                close(on, server, client);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void optionsAreThoseOfTheSocket(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(
                        on,
                        new HeardDatagrams(),
                        HERE.withBroadcast(true).withSocketOption(StandardSocketOptions.SO_RCVBUF, 32 * 1024));
                assertThat(a.transport.getOption(StandardSocketOptions.SO_BROADCAST))
                        .isTrue();
                assertThat(a.transport.getOption(StandardSocketOptions.SO_RCVBUF))
                        .isEqualTo(32 * 1024);
                a.transport.setOption(StandardSocketOptions.SO_BROADCAST, false);
                assertThat(a.transport.getOption(StandardSocketOptions.SO_BROADCAST))
                        .isFalse();
                assertThatThrownBy(() -> a.transport.setOption(StandardSocketOptions.TCP_NODELAY, true))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThat(a.transport.loop()).isSameAs(on.loop);
                close(on, a);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = "MEMORY")
    void anotherThreadIsRefused(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                FutureTask<Void> elsewhere = new FutureTask<>(() -> a.transport.send("x".getBytes()), null);
                Thread thread = new Thread(elsewhere);
                thread.start();
                thread.join();
                assertThatThrownBy(elsewhere::get).hasCauseInstanceOf(WrongThreadException.class);
                close(on, a);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theEndOfTheLoopIsTheEndOfTheEndpoint(Net net) throws Exception {
        HeardDatagrams a;
        try (TestLoop on = TestLoop.leaving(net.provider())) {
            a = on.call(() -> open(on));
        }
        assertThat(a.events).containsExactly("made", "lost null");
    }

    @ParameterizedTest
    @EnumSource(names = "EPOLL")
    void unixEndpointsTalkByPath(Net net) throws Exception {
        Path directory = Files.createTempDirectory("dg");
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(directory.resolve("s"));
        UnixDomainSocketAddress mine = UnixDomainSocketAddress.of(directory.resolve("c"));
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams server = open(
                        on,
                        new HeardDatagrams.Echo(),
                        DatagramOptions.defaults().withLocal(path));
                HeardDatagrams client = open(
                        on,
                        new HeardDatagrams(),
                        DatagramOptions.defaults()
                                .withFamily(StandardProtocolFamily.UNIX)
                                .withLocal(mine)
                                .withRemote(path));
                client.transport.send("hello".getBytes());
                on.until("it is answered", () -> client.received() == 1);
                close(on, server, client);
            });
        } finally {
            Files.deleteIfExists(path.getPath());
            Files.deleteIfExists(mine.getPath());
            Files.delete(directory);
        }
    }
}
