package dev.matryoshka.contract;

import static java.net.StandardProtocolFamily.INET6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: a datagram socket of IPv6 has two sides, and its addresses a scope. Method: {@link DatagramContract}. */
class KernelDatagramIpv6Test extends DatagramContract {
    @BeforeEach
    void needIpv6() {
        assumeIpv6();
    }

    @Test
    void aDualStackSocketThatWasConnectedOverIpv4IsOneAgain() throws IOException {
        NonBlockingDatagramSocket four = bound();
        NonBlockingDatagramSocket six = bound(INET6);
        NonBlockingDatagramSocket both = openDatagram(INET6);
        both.connect(four.localAddress());
        both.disconnect();
        assertThat(addressOf(both).getAddress()).isEqualTo(InetAddress.ofLiteral("::"));
        send(both, "six", six.localAddress());
        assertThat(receive(six)).isEqualTo("six");
        send(both, "four", four.localAddress());
        assertThat(receive(four)).isEqualTo("four");
    }

    @Test
    void aConnectedSocketDoesNotSendToTheSameAddressOnAnotherLink() throws IOException {
        Inet6Address own = linkLocalAddress();
        assumeTrue(own != null && !kernel.name().equals("memory"), "no link");
        NonBlockingDatagramSocket socket = openDatagram(INET6);
        SocketAddress peer = new InetSocketAddress(own, 9);
        socket.connect(peer);
        InetAddress elsewhere = Inet6Address.getByAddress(null, own.getAddress(), own.getScopeId() + 1);
        assertThatThrownBy(() -> send(socket, "x", new InetSocketAddress(elsewhere, 9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("connected to");
    }

    private static Inet6Address linkLocalAddress() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet6Address && address.isLinkLocalAddress())
                .map(Inet6Address.class::cast)
                .findFirst()
                .orElse(null);
    }
}
