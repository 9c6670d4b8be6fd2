package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: who joined a group hears it, who left does not, and a broadcast needs permission. Method: {@link DatagramContract}, on the
 * loopback interface only.
 */
class KernelMulticastTest extends DatagramContract {
    private static final String GROUP = "239.255.43.21";
    private NetworkInterface loopback;
    private InetAddress group;

    @BeforeEach
    void findLoopback() throws IOException {
        loopback = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
        group = InetAddress.getByName(GROUP);
    }

    private NonBlockingDatagramSocket onWildcard() throws IOException {
        NonBlockingDatagramSocket socket = openDatagram(StandardProtocolFamily.INET);
        socket.bind(new InetSocketAddress("0.0.0.0", 0));
        return socket;
    }

    private NonBlockingDatagramSocket speaker() throws IOException {
        NonBlockingDatagramSocket socket = bound();
        socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, loopback);
        return socket;
    }

    @Test
    void whoJoinedHearsTheGroupAndWhoLeftDoesNot() throws IOException {
        NonBlockingDatagramSocket listener = onWildcard();
        NonBlockingDatagramSocket speaker = speaker();
        InetSocketAddress there =
                new InetSocketAddress(group, addressOf(listener).getPort());
        listener.join(group, loopback, null);
        listener.join(group, loopback, null);
        send(speaker, "all of you", there);
        assertThat(receive(listener)).isEqualTo("all of you");
        assertThat(listener.sender()).isEqualTo(speaker.localAddress());
        listener.leave(group, loopback, null);
        send(speaker, "anybody left?", there);
        assertThat(isSilent(listener)).isTrue();
        assertThatThrownBy(() -> listener.leave(group, loopback, null))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EADDRNOTAVAIL");
    }

    @Test
    void twoThatShareAPortBothHear() throws IOException {
        NonBlockingDatagramSocket first = openDatagram(StandardProtocolFamily.INET);
        first.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        first.bind(new InetSocketAddress("0.0.0.0", 0));
        NonBlockingDatagramSocket second = openDatagram(StandardProtocolFamily.INET);
        second.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        second.bind(first.localAddress());
        first.join(group, loopback, null);
        second.join(group, loopback, null);
        send(speaker(), "both", new InetSocketAddress(group, addressOf(first).getPort()));
        assertThat(receive(first)).isEqualTo("both");
        assertThat(receive(second)).isEqualTo("both");
    }

    @Test
    void aSourceThatWasNotAskedForIsNotHeard() throws IOException {
        NonBlockingDatagramSocket listener = onWildcard();
        InetSocketAddress there =
                new InetSocketAddress(group, addressOf(listener).getPort());
        InetAddress wanted = InetAddress.getByName("127.0.0.2");
        listener.join(group, loopback, wanted);
        send(speaker(), "unasked", there);
        assertThat(isSilent(listener)).isTrue();
        listener.leave(group, loopback, wanted);
        listener.join(group, loopback, InetAddress.getByName("127.0.0.1"));
        send(speaker(), "asked", there);
        assertThat(receive(listener)).isEqualTo("asked");
    }

    @Test
    void theInterfaceForGroupsIsWhatItWasSetTo() throws IOException {
        assumeIpv6();
        assertThat(speaker().getOption(StandardSocketOptions.IP_MULTICAST_IF)).isEqualTo(loopback);
        NonBlockingDatagramSocket six = openDatagram(StandardProtocolFamily.INET6);
        six.setOption(StandardSocketOptions.IP_MULTICAST_IF, loopback);
        assertThat(six.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isEqualTo(loopback);
    }

    @Test
    void onlyAGroupCanBeJoined() throws IOException {
        NonBlockingDatagramSocket socket = onWildcard();
        InetAddress nobody = InetAddress.getByName("127.0.0.1");
        assertThatThrownBy(() -> socket.join(nobody, loopback, null)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBroadcastNeedsPermission() throws IOException {
        NonBlockingDatagramSocket listener = onWildcard();
        NonBlockingDatagramSocket speaker = onWildcard();
        InetSocketAddress everybody =
                new InetSocketAddress("127.255.255.255", addressOf(listener).getPort());
        assertThatThrownBy(() -> send(speaker, "hey", everybody))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EACCES");
        speaker.setOption(StandardSocketOptions.SO_BROADCAST, true);
        send(speaker, "hey", everybody);
        assertThat(receive(listener)).isEqualTo("hey");
    }
}
