package dev.matryoshka.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

/** Goal: the scope tells addresses apart where it means something. Method: pairs. */
class AddressesTest {
    private static SocketAddress at(String host) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), 9);
    }

    @Test
    void anAddressOfOneLinkIsAnotherOneOnAnotherLink() {
        for (String host : new String[] {"fe80::1", "ff02::fb", "ff01::1"}) {
            assertThat(Addresses.isSame(at(host + "%1"), at(host + "%1"))).isTrue();
            assertThat(Addresses.isSame(at(host + "%1"), at(host + "%2"))).isFalse();
            assertThat(Addresses.isSame(at(host + "%1"), at(host))).isFalse();
        }
    }

    @Test
    void whatMeansTheSameEverywhereIsTheSame() {
        for (String host : new String[] {"::1", "2001:db8::1", "ff05::1"}) {
            assertThat(Addresses.isSame(at(host + "%1"), at(host))).isTrue();
            assertThat(Addresses.isSame(at(host + "%1"), at(host + "%2"))).isTrue();
        }
    }

    @Test
    void otherwiseTheyAreComparedAsTheyAre() {
        assertThat(Addresses.isSame(at("127.0.0.1"), at("127.0.0.1"))).isTrue();
        assertThat(Addresses.isSame(at("127.0.0.1"), at("127.0.0.2"))).isFalse();
        assertThat(Addresses.isSame(at("127.0.0.1"), UnixDomainSocketAddress.of("/run/x")))
                .isFalse();
        assertThat(Addresses.isSame(UnixDomainSocketAddress.of("/run/x"), UnixDomainSocketAddress.of("/run/x")))
                .isTrue();
        assertThat(Addresses.isSame(null, null)).isTrue();
        assertThat(Addresses.isSame(null, at("::1"))).isFalse();
        assertThat(Addresses.isSame(at("::1"), null)).isFalse();
    }
}
