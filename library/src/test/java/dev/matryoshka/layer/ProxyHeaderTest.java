package dev.matryoshka.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.layer.ProxyHeader.Kind;
import dev.matryoshka.layer.ProxyHeader.Version;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: headers are written as proxy-protocol.txt says. Method: bytes put together by hand, and by a foreign checksum. */
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private static String text(ProxyHeader header) {
        return ISO_8859_1.decode(header.encode(Version.V1)).toString();
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }

    private static String hex(ProxyHeader header) {
        return HexFormat.of().formatHex(bytes(header.encode(Version.V2)));
    }

    @Test
    void aLineForTcpOverIpv4() {
        assertThat(text(ProxyHeader.of(address("192.168.0.1", 56324), address("192.168.0.11", 443))))
                .isEqualTo("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
    }

    @Test
    void aLineForTcpOverIpv6IsAtMost107BytesAndHasNoScope() {
        String all = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        String line = text(ProxyHeader.of(address(all, 65535), address("[fe80::1%1]", 1)));

        assertThat(line).isEqualTo("PROXY TCP6 " + all + " fe80:0:0:0:0:0:0:1 65535 1\r\n");
        assertThat(text(ProxyHeader.of(address(all, 65535), address(all, 65535))))
                .hasSizeLessThanOrEqualTo(104);
    }

    @Test
    void ofTwoFamiliesIpv4IsWrittenAsIpv6() {
        ProxyHeader mixed = ProxyHeader.of(address("1.2.3.4", 5), address("::1", 6));

        assertThat(mixed.kind()).isEqualTo(Kind.TCP6);
        assertThat(text(mixed)).isEqualTo("PROXY TCP6 0:0:0:0:0:ffff:102:304 0:0:0:0:0:0:0:1 5 6\r\n");
        assertThat(hex(mixed)).contains("00000000000000000000ffff01020304" + "00000000000000000000000000000001");
    }

    @Test
    void whatTextCannotSayIsUnknown() {
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of("/run/x");

        assertThat(text(ProxyHeader.local())).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(text(ProxyHeader.of(null, address("::1", 6)))).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(text(ProxyHeader.of(path, path))).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(ProxyHeader.of(path, address("::1", 6)).kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(ProxyHeader.of(path, path).kind()).isEqualTo(Kind.UNIX_STREAM);
    }

    @Test
    void binaryForms() {
        assertThat(hex(ProxyHeader.local())).isEqualTo(SIGNATURE + "20000000");
        assertThat(hex(ProxyHeader.unknown())).isEqualTo(SIGNATURE + "21000000");
        assertThat(hex(ProxyHeader.of(address("1.2.3.4", 0x1234), address("5.6.7.8", 443))))
                .isEqualTo(SIGNATURE + "2111000c" + "01020304" + "05060708" + "1234" + "01bb");
        assertThat(hex(new ProxyHeader(Kind.UDP6, address("::1", 1), address("::2", 2), List.of())))
                .isEqualTo(SIGNATURE + "21220024" + "0".repeat(31) + "1" + "0".repeat(31) + "2" + "00010002");
    }

    @Test
    void aUnixPathIsPaddedAndOneThatDoesNotFitIsCutOff() {
        byte[] header = bytes(
                ProxyHeader.of(UnixDomainSocketAddress.of("/a"), UnixDomainSocketAddress.of("/" + "b".repeat(200)))
                        .encode(Version.V2));

        assertThat(header).hasSize(16 + 216);
        assertThat(Arrays.copyOfRange(header, 16, 16 + 108)).isEqualTo(Arrays.copyOf("/a".getBytes(ISO_8859_1), 108));
        assertThat(new String(header, 16 + 108, 108, ISO_8859_1)).isEqualTo("/" + "b".repeat(107));
    }

    @Test
    void tlvsFollowTheAddressesAndTheChecksumCoversAll() {
        ProxyHeader header = ProxyHeader.of(address("1.2.3.4", 0x1234), address("5.6.7.8", 443))
                .with(new ProxyTlv(ProxyTlv.AUTHORITY, "a.b".getBytes(ISO_8859_1)))
                .withChecksum();
        String head = SIGNATURE + "21110019" + "01020304" + "05060708" + "1234" + "01bb" + "020003612e62" + "030004";
        int sum = slowCrc32c(HexFormat.of().parseHex(head + "00000000"));

        assertThat(hex(header)).isEqualTo(head + String.format("%08x", sum));
        assertThat(header.withChecksum()).isSameAs(header);
        assertThat(header.tlv(ProxyTlv.AUTHORITY)).isEqualTo(header.tlvs().getFirst());
        assertThat(header.tlv(ProxyTlv.ALPN)).isNull();
    }

    /** RFC 4960, appendix B, bit by bit; "123456789" gives e3069283. */
    private static int slowCrc32c(byte[] bytes) {
        int crc = -1;
        for (byte value : bytes) {
            crc ^= value & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
            }
        }
        return ~crc;
    }

    @Test
    void theForeignChecksumIsTheRightOne() {
        assertThat(slowCrc32c("123456789".getBytes(ISO_8859_1))).isEqualTo(0xE3069283);
    }

    @Test
    void addressesThatDoNotFitTheKindAreRefused() {
        assertThatThrownBy(() -> new ProxyHeader(Kind.TCP4, address("::1", 1), address("::1", 1), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TCP4");
        assertThatThrownBy(() -> new ProxyHeader(Kind.LOCAL, address("::1", 1), null, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ProxyHeader(Kind.TCP6, address("::1", 1), null, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ProxyHeader.unknown().with(new ProxyTlv(4, new byte[65533])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a header carries at most 65535 bytes: 65536");
        assertThatThrownBy(() -> new ProxyTlv(256, new byte[0])).hasMessageContaining("256");
        assertThatThrownBy(() -> new ProxyTlv(4, new byte[65536])).hasMessageContaining("65536");
    }

    @Test
    void aTlvIsNotChangedThroughTheArrayThatMadeIt() {
        byte[] value = {1, 2};
        ProxyTlv tlv = new ProxyTlv(0xE0, value);
        value[0] = 9;
        tlv.value()[1] = 9;

        assertThat(tlv).isEqualTo(new ProxyTlv(0xE0, new byte[] {1, 2})).hasToString("ProxyTlv[0xe0: 0102]");
        assertThat(tlv.hashCode()).isEqualTo(new ProxyTlv(0xE0, new byte[] {1, 2}).hashCode());
        assertThat(tlv).isNotEqualTo(new ProxyTlv(0xE1, new byte[] {1, 2}));
    }
}
