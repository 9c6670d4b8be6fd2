package dev.matryoshka.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Proves;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a literal never becomes a look-up, a name never an address, and what is neither is refused. Nobody is asked. */
class HostAddressesTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1",
        "0.0.0.0, 0.0.0.0",
        "127.1, 127.0.0.1",
        "::1, 0:0:0:0:0:0:0:1",
        "[::1], 0:0:0:0:0:0:0:1",
        "2001:DB8::7, 2001:db8:0:0:0:0:0:7",
        "fe80::1, fe80:0:0:0:0:0:0:1"
    })
    void literalsAreAddresses(String host, String address) {
        InetAddress literal = HostAddresses.literal(host);
        assertThat(literal).isNotNull();
        assertThat(literal.getHostAddress()).isEqualTo(address);
    }

    @Proves(
            value = "literal_fast_path",
            ports = {"test_base_events.test_create_connection_ipv6_scope", "test_base_events.test_ipaddr_info"})
    @Test
    void scopeIdsAreKept() {
        Inet6Address scoped = (Inet6Address) HostAddresses.literal("fe80::1%7");
        assertThat(scoped.getScopeId()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "example.org",
                "1e100.net",
                "256.1.1.1",
                "1.2.3.4.5",
                "0x7f.1",
                "face",
                "a::b::c",
                "[127.0.0.1]",
                "fe80::1%no-such-interface",
                " 127.0.0.1"
            })
    void everythingElseIsNone(String host) {
        assertThat(HostAddresses.literal(host)).isNull();
    }

    @Test
    void namesGoToTheSystemInAscii() throws UnknownHostException {
        assertThat(HostAddresses.asciiName("example.org")).isEqualTo("example.org");
        assertThat(HostAddresses.asciiName("_service.Example.org.")).isEqualTo("_service.Example.org.");
        assertThat(HostAddresses.asciiName("bücher.example")).isEqualTo("xn--bcher-kva.example");
    }

    @Test
    void theLongestNameHas253CharactersAndPerhapsADot() throws UnknownHostException {
        String longest = "a.".repeat(126) + "b";
        assertThat(HostAddresses.asciiName(longest)).hasSize(253);
        assertThat(HostAddresses.asciiName(longest + ".")).hasSize(254);
        assertThatThrownBy(() -> HostAddresses.asciiName(longest + "b")).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void whatIsNoNameIsRefusedInAShortMessage() {
        assertThatThrownBy(() -> HostAddresses.asciiName("")).isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> HostAddresses.asciiName("good.example\0.evil.example"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("good.example?");
        assertThatThrownBy(() -> HostAddresses.asciiName("ä".repeat(100)))
                .isInstanceOf(UnknownHostException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HostAddresses.asciiName("x".repeat(100_000)))
                .isInstanceOf(UnknownHostException.class)
                .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(200));
    }

    @Test
    void portsHaveSixteenBits() {
        HostAddresses.checkPort(0);
        HostAddresses.checkPort(65535);
        assertThatThrownBy(() -> HostAddresses.checkPort(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> HostAddresses.checkPort(65536))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536");
    }
}
