package dev.matryoshka.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.0/9, 10.127.255.255, true",
        "10.0.0.0/9, 10.128.0.0, false",
        "0.0.0.0/0, 255.1.2.3, true",
        "0.0.0.0/0, ::1, false",
        "::/0, ::1, true",
        "::/0, 1.2.3.4, false",
        "1.2.3.4, 1.2.3.4, true",
        "1.2.3.4/32, 1.2.3.5, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::1, ::1, true",
    })
    void containsWhatSharesItsPrefix(String network, String address, boolean contained) {
        assertThat(Network.parse(network).contains(InetAddress.ofLiteral(address)))
                .isEqualTo(contained);
        assertThat(Network.parse(network).contains(new InetSocketAddress(InetAddress.ofLiteral(address), 1)))
                .isEqualTo(contained);
    }

    @Test
    void whatIsNoInternetAddressIsInNoNetwork() {
        Network all = Network.parse("0.0.0.0/0");

        assertThat(all.contains(UnixDomainSocketAddress.of("/x"))).isFalse();
        assertThat(all.contains((java.net.SocketAddress) null)).isFalse();
        assertThat(all.contains(InetSocketAddress.createUnresolved("localhost", 1)))
                .isFalse();
        assertThat(all).hasToString("0.0.0.0/0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10/8",
                "10.0.0.0/8/8",
                "localhost",
                "::1/129",
                "10.0.0.0/08",
                "1.2.3.4/8",
                "::1/64",
                "[::1]"
            })
    void whatIsNotANetworkIsRefused(String text) {
        assertThatThrownBy(() -> Network.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text.contains("/") ? text.substring(text.indexOf('/') + 1) : text);
    }
}
