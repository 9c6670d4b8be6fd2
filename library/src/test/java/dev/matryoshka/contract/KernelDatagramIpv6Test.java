package dev.matryoshka.contract;

import static java.net.StandardProtocolFamily.INET6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** Goal: a datagram socket of IPv6 has two sides. Method: {@link DatagramContract}. */
class KernelDatagramIpv6Test extends DatagramContract {
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
}
