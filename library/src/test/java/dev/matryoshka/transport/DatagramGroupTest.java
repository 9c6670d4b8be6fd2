package dev.matryoshka.transport;

import static dev.matryoshka.transport.DatagramTransportTest.close;
import static dev.matryoshka.transport.DatagramTransportTest.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: endpoints hear the groups that they joined, on sockets of both dolls. Method: one speaker, on the loopback interface. */
@ExtendWith(LeakCheck.class)
class DatagramGroupTest {
    private static final InetAddress GROUP = InetAddress.ofLiteral("239.255.43.22");
    private static final InetAddress HOST = InetAddress.ofLiteral("127.0.0.1");

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whoJoinedHearsAndWhoLeftDoesNot(Net net) throws Exception {
        NetworkInterface loopback = NetworkInterface.getByInetAddress(HOST);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams speaker = open(
                        on,
                        new HeardDatagrams(),
                        DatagramTransportTest.HERE.withSocketOption(StandardSocketOptions.IP_MULTICAST_IF, loopback));
                HeardDatagrams first = open(
                        on, new HeardDatagrams(), DatagramOptions.defaults().withLocal("0.0.0.0", 0));
                int port = ((InetSocketAddress) first.transport.localAddress()).getPort();
                InetSocketAddress everybody = new InetSocketAddress(GROUP, port);
                first.transport.join(GROUP, loopback);
                speaker.transport.sendTo("one".getBytes(), everybody);
                on.until("it is heard", () -> first.received() == 1);
                first.transport.leave(GROUP, loopback);
                assertThatThrownBy(() -> first.transport.leave(GROUP, loopback)).isInstanceOf(SocketException.class);
                first.transport.join(GROUP, loopback, HOST);
                speaker.transport.sendTo("two".getBytes(), everybody);
                on.until("it is heard", () -> first.received() == 2);
                first.transport.leave(GROUP, loopback, HOST);
                speaker.transport.sendTo("three".getBytes(), everybody);
                on.assertQuiet();
                assertThat(first.events).containsExactly("made", "\"one\"", "\"two\"");
                close(on, speaker, first);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void socketsThatShareAPortBothHear(Net net) throws Exception {
        NetworkInterface loopback = NetworkInterface.getByInetAddress(HOST);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket speaker = on.loop.openDatagramSocket(StandardProtocolFamily.INET);
                        AsyncDatagramSocket one = on.loop.openDatagramSocket(StandardProtocolFamily.INET);
                        AsyncDatagramSocket other = on.loop.openDatagramSocket(StandardProtocolFamily.INET)) {
                    speaker.bind(new InetSocketAddress(HOST, 0));
                    speaker.setOption(StandardSocketOptions.IP_MULTICAST_IF, loopback);
                    one.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(new InetSocketAddress("0.0.0.0", 0));
                    other.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(one.localAddress());
                    one.join(GROUP, loopback);
                    other.join(GROUP, loopback);
                    int port = ((InetSocketAddress) one.localAddress()).getPort();
                    speaker.sendTo("both".getBytes(), new InetSocketAddress(GROUP, port));
                    assertThat(one.recvFrom(100).text()).isEqualTo("both");
                    assertThat(other.recvFrom(100).sender()).isEqualTo(speaker.localAddress());
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aScopedLiteralIsBoundAndSentTo(Net net) throws Exception {
        Ipv6.assume(net);
        NetworkInterface loopback = NetworkInterface.getByInetAddress(HOST);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                String scoped = "::1%" + loopback.getIndex();
                HeardDatagrams server = open(
                        on,
                        new HeardDatagrams.Echo(),
                        DatagramOptions.defaults().withLocal("::1", 0));
                int port = ((InetSocketAddress) server.transport.localAddress()).getPort();
                HeardDatagrams client = open(
                        on, new HeardDatagrams(), DatagramOptions.defaults().withRemote(scoped, port));
                client.transport.send("x".getBytes());
                on.until("it is answered", () -> client.received() == 1);
                close(on, server, client);
            });
        }
    }
}
