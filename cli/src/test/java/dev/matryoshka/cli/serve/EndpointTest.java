package dev.matryoshka.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "localhost:80, localhost, 80, false",
        "tcp:127.0.0.1:0, 127.0.0.1, 0, false",
        "[::1]:65535, ::1, 65535, false",
        "tls:example.com:443, example.com, 443, true",
        "tls:tcp:example.com:443, example.com, 443, true",
    })
    void onTcp(String text, String host, int port, boolean tls) {
        assertThat(Endpoint.parse(text)).isEqualTo(Endpoint.tcp(host, port).withTls(tls));
    }

    @Test
    void onUnixSockets() {
        assertThat(Endpoint.parse("unix:/run/x").unix()).isEqualTo(UnixDomainSocketAddress.of("/run/x"));
        assertThat(Endpoint.parse("unix:@name").unix()).isEqualTo(AbstractUnixAddress.of("name"));
        assertThat(Endpoint.parse("tls:unix:a:b"))
                .isEqualTo(Endpoint.unix("a:b").withTls(true));
        assertThat(Endpoint.unix("@name")).hasToString("unix:@name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "80",
                ":80",
                "host",
                "host:",
                "host:x",
                "host:-1",
                "host:65536",
                "::1:80",
                "unix:",
                "unix:@",
                "unix:a\0b",
                "tls:"
            })
    void whatIsNotOneIsRefused(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'");
    }

    @Test
    void whatIsBoundIsToldAsItWasAskedFor() {
        InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("::1"), 81);

        assertThat(Endpoint.parse("[::1]:0").text(six)).isEqualTo("[::1]:81");
        assertThat(Endpoint.parse("localhost:0").text(six)).isEqualTo("localhost:81");
        assertThat(Endpoint.unix("/x").text(UnixDomainSocketAddress.of("/x"))).isEqualTo("unix:/x");
    }
}
