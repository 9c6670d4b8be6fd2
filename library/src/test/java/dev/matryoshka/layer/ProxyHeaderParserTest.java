package dev.matryoshka.layer;

import static dev.matryoshka.layer.ProxyHeaderTest.address;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.layer.ProxyHeader.Kind;
import dev.matryoshka.layer.ProxyHeader.Version;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: every header is read the same whatever its pieces, to its last byte and no further; everything else is refused, never
 * with another exception. Method: each header split at every byte, and byte by byte; headers with drawn damage.
 */
class ProxyHeaderParserTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final byte[] BEHIND = {'P', 'R', 0x16, 0x03, 0x01};

    private static ProxyHeader parse(byte[] bytes) throws ProxyHeaderException {
        return new ProxyHeaderParser().take(ByteBuffer.wrap(bytes));
    }

    private static ProxyHeader line(String line) throws ProxyHeaderException {
        return parse(line.getBytes(ISO_8859_1));
    }

    private static ProxyHeader hex(String hex) throws ProxyHeaderException {
        return parse(HexFormat.of().parseHex(SIGNATURE + hex));
    }

    static Stream<ProxyHeader> headers() {
        ProxyHeader four = ProxyHeader.of(address("1.2.3.4", 0), address("255.255.255.255", 65535));
        return Stream.of(
                four,
                ProxyHeader.of(address("2001:db8::1", 1), address("::", 2)),
                ProxyHeader.local(),
                ProxyHeader.unknown(),
                ProxyHeader.of(UnixDomainSocketAddress.of("/run/a.sock"), UnixDomainSocketAddress.of("")),
                ProxyHeader.of(AbstractUnixAddress.of("name"), UnixDomainSocketAddress.of("/x")),
                new ProxyHeader(Kind.UDP4, address("1.2.3.4", 53), address("5.6.7.8", 53), List.of()),
                new ProxyHeader(Kind.UDP6, address("::1", 53), address("::2", 53), List.of()),
                four.with(new ProxyTlv(ProxyTlv.ALPN, "h2".getBytes(ISO_8859_1)))
                        .with(new ProxyTlv(ProxyTlv.NOOP, new byte[0]))
                        .with(new ProxyTlv(0xE7, new byte[3000])),
                ProxyHeader.unknown().with(new ProxyTlv(ProxyTlv.UNIQUE_ID, new byte[128])));
    }

    static Stream<byte[]> encoded() {
        return headers()
                .flatMap(header -> Stream.of(
                        ProxyHeaderTest.bytes(header.encode(Version.V1)),
                        ProxyHeaderTest.bytes(header.encode(Version.V2)),
                        ProxyHeaderTest.bytes(header.withChecksum().encode(Version.V2))));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void whatWasWrittenInBinaryIsRead(ProxyHeader header) throws Exception {
        assertThat(parse(ProxyHeaderTest.bytes(header.encode(Version.V2)))).isEqualTo(header);
        ProxyHeader checked = parse(ProxyHeaderTest.bytes(header.withChecksum().encode(Version.V2)));
        assertThat(checked.tlvs()).hasSize(header.tlvs().size() + 1);
        assertThat(checked.source()).isEqualTo(header.source());
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void aHeaderSplitAnywhereIsReadToItsLastByteAndNoFurther(byte[] header) throws Exception {
        byte[] all = Arrays.copyOf(header, header.length + BEHIND.length);
        System.arraycopy(BEHIND, 0, all, header.length, BEHIND.length);
        ProxyHeader expected = parse(header);
        assertThat(expected).isNotNull();
        for (int split = 0; split < all.length; split++) {
            ProxyHeaderParser parser = new ProxyHeaderParser();
            ByteBuffer first = ByteBuffer.wrap(all, 0, split);
            ProxyHeader early = parser.take(first);
            assertThat(early != null).isEqualTo(split >= header.length);
            if (early == null) {
                assertThat(first.hasRemaining()).isFalse();
                assertThat(parser.taken()).isEqualTo(Arrays.copyOf(all, split));
                ByteBuffer second = ByteBuffer.wrap(all, split, all.length - split);
                assertThat(parser.take(second)).isEqualTo(expected);
                assertThat(second.remaining()).isEqualTo(BEHIND.length);
            } else {
                assertThat(first.remaining()).isEqualTo(split - header.length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void aHeaderByteByByteIsRead(byte[] header) throws Exception {
        ProxyHeaderParser parser = new ProxyHeaderParser();
        for (int i = 0; i < header.length - 1; i++) {
            assertThat(parser.take(ByteBuffer.wrap(header, i, 1))).isNull();
        }
        assertThat(parser.isCertain()).isTrue();
        assertThat(parser.take(ByteBuffer.wrap(header, header.length - 1, 1))).isEqualTo(parse(header));
    }

    @Test
    void aDamagedHeaderIsReadOrRefusedAndNothingElse() {
        Random random = new Random(20_261_126);
        List<byte[]> all = encoded().toList();
        int refused = 0;
        for (int run = 0; run < 30_000; run++) {
            byte[] header = all.get(random.nextInt(all.size())).clone();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                header[random.nextInt(Math.min(header.length, 64))] = (byte) random.nextInt(256);
            }
            ProxyHeaderParser parser = new ProxyHeaderParser();
            ByteBuffer bytes = ByteBuffer.wrap(header);
            try {
                for (int at = 0; at < header.length; ) {
                    int end = Math.min(header.length, at + random.nextInt(1, 40));
                    bytes.limit(end).position(at);
                    if (parser.take(bytes) != null) {
                        break;
                    }
                    at = end;
                }
            } catch (ProxyHeaderException wrong) {
                refused++;
                assertThat(wrong.getMessage()).isPrintable();
            }
        }
        assertThat(refused).isBetween(15_000, 29_999);
    }

    /** What a header says, or why it is none, and how far it was read. */
    private record Outcome(ProxyHeader header, String refusal, int taken, boolean certain) {
        static Outcome of(byte[] bytes, int bytesMax, Random pieces) {
            ProxyHeaderParser parser = new ProxyHeaderParser(bytesMax);
            ByteBuffer source = ByteBuffer.wrap(bytes);
            ProxyHeader header = null;
            String refusal = null;
            try {
                while (header == null && source.position() < bytes.length) {
                    int piece = pieces == null ? bytes.length : pieces.nextInt(1, 30);
                    source.limit(Math.min(bytes.length, source.position() + piece));
                    header = parser.take(source);
                    assertThat(header != null || !source.hasRemaining()).isTrue();
                }
            } catch (ProxyHeaderException wrong) {
                refusal = wrong.getMessage();
            }
            assertThat(parser.taken().length).isEqualTo(source.position()).isLessThanOrEqualTo(bytesMax);
            return new Outcome(header, refusal, source.position(), parser.isCertain());
        }
    }

    /** Streams made of what headers are made of, in any order and of any length. */
    private static byte[] drawn(Random random) {
        String[] words = {
            "PROXY ",
            "PROX",
            "TCP4 ",
            "TCP6 ",
            "UNKNOWN",
            " ",
            "\r\n",
            "\r",
            "\n",
            "1.2.3.4 ",
            "::1 ",
            "65535",
            "0",
            "%",
            "\0"
        };
        ByteBuffer out = ByteBuffer.allocate(2_000);
        if (random.nextBoolean()) {
            out.put(HexFormat.of().parseHex(SIGNATURE));
            out.put((byte) (0x20 + random.nextInt(random.nextInt(20) == 0 ? 16 : 2)));
            out.put((byte) random.nextInt(random.nextInt(10) == 0 ? 256 : 0x34));
            out.putShort((short) random.nextInt(random.nextInt(10) == 0 ? 65_536 : 700));
            for (int tlvs = random.nextInt(6); tlvs > 0; tlvs--) {
                byte[] value = new byte[random.nextInt(60)];
                random.nextBytes(value);
                out.put((byte) random.nextInt(6))
                        .putShort((short) (value.length + random.nextInt(2)))
                        .put(value);
            }
        } else {
            out.put("PROXY ".getBytes(ISO_8859_1));
        }
        for (int i = random.nextInt(40); i > 0; i--) {
            out.put(words[random.nextInt(words.length)].getBytes(ISO_8859_1));
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    @Test
    void howAStreamIsCutIntoPiecesNeverChangesWhatIsReadOfIt() {
        Random random = new Random(20_261_127);
        int headers = 0;
        int refusals = 0;
        for (int run = 0; run < 10_000; run++) {
            byte[] stream = drawn(random);
            int bytesMax = random.nextInt(232, 900);
            Outcome whole = Outcome.of(stream, bytesMax, null);
            assertThat(Outcome.of(stream, bytesMax, random)).isEqualTo(whole);
            headers += whole.header != null ? 1 : 0;
            refusals += whole.refusal != null ? 1 : 0;
        }
        assertThat(headers).isGreaterThan(300);
        assertThat(refusals).isGreaterThan(3_000);
    }

    // ---- version 1 ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "PROXY TCP4 1.2.3.4 5.6.7.8 0 65535, 1.2.3.4, 5.6.7.8",
        "PROXY TCP6 ::1 2001:DB8::a:0 0 65535, ::1, 2001:db8::a:0",
        "PROXY TCP6 1:2:3:4:5:6:7:8 1::8 0 65535, 1:2:3:4:5:6:7:8, 1::8",
        "PROXY TCP6 :: 1:2:3:4:5:6:7:: 0 65535, ::, 1:2:3:4:5:6:7:0",
        "PROXY TCP6 ::2:3:4:5:6:7:8 ffff::0001 0 65535, 0:2:3:4:5:6:7:8, ffff::1",
        "PROXY TCP6 ::ffff:1.2.3.4 ::ffff:102:304 0 65535, 1.2.3.4, 1.2.3.4",
        "PROXY TCP6 64:ff9b::1.2.3.4 1:2:3:4:5:6:7.8.9.10 0 65535, 64:ff9b::102:304, 1:2:3:4:5:6:708:90a",
    })
    void linesThatAreGood(String line, String source, String destination) throws Exception {
        ProxyHeader header = line(line + "\r\n");

        assertThat(header.source()).isEqualTo(address(source, 0));
        assertThat(header.destination()).isEqualTo(address(destination, 65535));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY UNKNOWN\r\n",
                "PROXY UNKNOWN \r\n",
                "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
                "PROXY UNKNOWN lone \r and \n are nothing\r\n",
            })
    void unknownIsFollowedByAnything(String line) throws Exception {
        assertThat(line(line)).isEqualTo(ProxyHeader.unknown());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY\tTCP4 1.2.3.4 5.6.7.8 1 2",
                "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2",
                "PROXY TCP4  1.2.3.4 5.6.7.8 1 2",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 ",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 -2",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 +2",
                "PROXY TCP4 1.2.3.4 5.6.7.8 01 2",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 999999999999",
                "PROXY TCP4 1.2.3 5.6.7.8 1 2",
                "PROXY TCP4 1.2.3.4.5 5.6.7.8 1 2",
                "PROXY TCP4 1.2.3.256 5.6.7.8 1 2",
                "PROXY TCP4 1.2.3.04 5.6.7.8 1 2",
                "PROXY TCP4 1.2.3. 5.6.7.8 1 2",
                "PROXY TCP4 0x1.2.3.4 5.6.7.8 1 2",
                "PROXY TCP4 ::1 ::2 1 2",
                "PROXY TCP6 1.2.3.4 5.6.7.8 1 2",
                "PROXY TCP6 ::1 ::2 1 x",
                "PROXY TCP6 ::1%lo ::2 1 2",
                "PROXY TCP6 [::1] ::2 1 2",
                "PROXY TCP6 1::2::3 ::2 1 2",
                "PROXY TCP6 :1:2:3:4:5:6:7 ::2 1 2",
                "PROXY TCP6 1:2:3:4:5:6:7: ::2 1 2",
                "PROXY TCP6 1:2:3:4:5:6:7 ::2 1 2",
                "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::2 1 2",
                "PROXY TCP6 1:2:3:4::5:6:7:8 ::2 1 2",
                "PROXY TCP6 12345::1 ::2 1 2",
                "PROXY TCP6 ::g ::2 1 2",
                "PROXY TCP6 ::: ::2 1 2",
                "PROXY TCP6 1.2.3.4::1 ::2 1 2",
                "PROXY TCP6 ::1.2.3.4:5 ::2 1 2",
                "PROXY TCP6 \u0661::1 ::2 1 2",
                "PROXY UNKNOWNS",
                "PROXY unknown",
                "PROXY UDP4 1.2.3.4 5.6.7.8 1 2",
                "PROXY tcp4 1.2.3.4 5.6.7.8 1 2",
                "PROXY ",
                "PROXY TCP4",
                "PROXY localhost localhost 1 2",
                "PROXY TCP4 localhost localhost 1 2",
            })
    void linesThatAreNot(String line) {
        assertThatThrownBy(() -> line(line + "\r\n"))
                .isInstanceOf(ProxyHeaderException.class)
                .message()
                .contains("PROXY")
                .isPrintable();
    }

    @Test
    void aLoneCarriageReturnOrNewlineIsRefusedWhereItStands() {
        assertThatThrownBy(() -> line("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n")).hasMessageContaining("a CR or LF alone");
        assertThatThrownBy(() -> line("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rx")).hasMessageContaining("a CR or LF alone");
        assertThatThrownBy(() -> line("PROXY \n")).hasMessageContaining("a CR or LF alone");
    }

    @Test
    void aLineOf107BytesIsReadAndOneThatGoesOnIsRefused() throws Exception {
        String longest = "PROXY UNKNOWN " + "x".repeat(91);

        assertThat(longest + "\r\n").hasSize(107);
        assertThat(line(longest + "\r\n")).isEqualTo(ProxyHeader.unknown());
        assertThatThrownBy(() -> line(longest + "x\r\n")).hasMessageContaining("without CRLF in its first 107 bytes");
        assertThatThrownBy(() -> line("PROXY TCP4 " + "1".repeat(200))).hasMessageContaining("107 bytes");
    }

    // ---- version 2 ------------------------------------------------------------------------------------------------

    @Test
    void localIgnoresFamilyAndBlock() throws Exception {
        assertThat(hex("20" + "00" + "0000")).isEqualTo(ProxyHeader.local());
        assertThat(hex("20" + "11" + "000c" + "0102030405060708" + "1234" + "01bb"))
                .isEqualTo(ProxyHeader.local());
        assertThat(hex("20" + "ff" + "0001" + "00")).isEqualTo(ProxyHeader.local());
    }

    /** Page 2.2: it must be accepted, and its block discarded; 3.0.4.x looks like the beginning of a checksum. */
    @Test
    void nothingInTheBlockOfALocalHeaderIsAReasonToRefuseIt() throws Exception {
        assertThat(hex("20" + "11" + "000c" + "0300040005060708" + "1234" + "01bb"))
                .isEqualTo(ProxyHeader.local());
        assertThat(hex("20" + "00" + "0007" + "03000400000000").kind()).isEqualTo(Kind.LOCAL);
        assertThat(hex("20" + "11" + "0010" + "0300040005060708" + "1234" + "01bb" + "e0000100"))
                .isEqualTo(ProxyHeader.local().with(new ProxyTlv(0xE0, new byte[1])));
        Random random = new Random(20_261_127);
        for (int run = 0; run < 5_000; run++) {
            byte[] block = new byte[random.nextInt(260)];
            random.nextBytes(block);
            for (int i = random.nextInt(8); i > 0 && block.length > 0; i--) {
                block[random.nextInt(block.length)] = (byte) random.nextInt(5);
            }
            byte[] all = ByteBuffer.allocate(16 + block.length)
                    .put(HexFormat.of().parseHex(SIGNATURE + "20"))
                    .put((byte) random.nextInt(0x34))
                    .putShort((short) block.length)
                    .put(block)
                    .array();
            assertThat(parse(all).kind()).isEqualTo(Kind.LOCAL);
        }
    }

    @Test
    void anUnspecifiedFamilyOrTransportIsUnknown() throws Exception {
        for (String family : List.of("00", "01", "02", "10", "20", "30")) {
            assertThat(hex("21" + family + "0002" + "0102").kind()).isEqualTo(Kind.UNKNOWN);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "11110000, unknown version or command 0x11",
        "22110000, unknown version or command 0x22",
        "31110000, unknown version or command 0x31",
        "21410000, unknown family or transport 0x41",
        "21130000, unknown family or transport 0x13",
        "21ff0000, unknown family or transport 0xff",
        "2111000b, too short for the addresses of TCP4: 11 bytes",
        "21210023, too short for the addresses of TCP6: 35 bytes",
        "213100d7, too short for the addresses of UNIX_STREAM: 215 bytes",
        "21110ff1, 4097 bytes",
        "2100ffff, 65551 bytes",
        "20110ff1, 4097 bytes",
    })
    void anImpossibleHeadIsRefusedBeforeItsBlockIsThere(String head, String message) {
        assertThatThrownBy(() -> hex(head))
                .isInstanceOf(ProxyHeaderException.class)
                .hasMessageContaining(message);
    }

    @Test
    void theLimitIsTheCallers() throws Exception {
        byte[] large = ProxyHeaderTest.bytes(
                ProxyHeader.unknown().with(new ProxyTlv(4, new byte[60_000])).encode(Version.V2));

        assertThat(new ProxyHeaderParser(65_551).take(ByteBuffer.wrap(large))).isNotNull();
        assertThatThrownBy(() -> new ProxyHeaderParser(1000).take(ByteBuffer.wrap(large)))
                .hasMessageContaining("more than the limit of 1000");
        assertThatThrownBy(() -> new ProxyHeaderParser(231)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTlvLongerThanItsHeaderIsRefused() {
        String addresses = "0102030405060708" + "1234" + "01bb";
        assertThatThrownBy(() -> hex("2111" + "000e" + addresses + "0400"))
                .hasMessageContaining("longer than the header");
        assertThatThrownBy(() -> hex("2111" + "0010" + addresses + "04000200"))
                .hasMessageContaining("longer than the header");
    }

    @Test
    void aWrongChecksumIsRefused() throws Exception {
        for (ProxyHeader header :
                headers().filter(any -> any.kind() != Kind.LOCAL).toList()) {
            byte[] bytes = ProxyHeaderTest.bytes(header.withChecksum().encode(Version.V2));
            for (int at : new int[] {bytes.length - 1, bytes.length - 4}) {
                byte[] wrong = bytes.clone();
                wrong[at] ^= 1;
                assertThatThrownBy(() -> parse(wrong)).hasMessageContaining("wrong checksum");
            }
        }
        assertThatThrownBy(() -> hex("2100" + "0005" + "0300020000")).hasMessageContaining("not 4 bytes");
        assertThatThrownBy(() -> hex("2100" + "000e" + "03000400000000".repeat(2)))
                .hasMessageContaining("two checksums");
    }

    @Test
    void aUnixFieldIsAPathAnAbstractNameOrNothing() throws Exception {
        String header = "2131" + "00d8" + "00" + "61".repeat(107) + "2f61" + "00".repeat(106);

        assertThat(hex(header).source()).isEqualTo(AbstractUnixAddress.of("a".repeat(107)));
        assertThat(hex(header).destination()).isEqualTo(UnixDomainSocketAddress.of("/a"));
        assertThat(hex("2131" + "00d8" + "00".repeat(216)).source()).isEqualTo(UnixDomainSocketAddress.of(""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "\u0016\u0003\u0001",
                "P",
                "PUT / HTTP/1.1",
                "\r\n\r\n",
                "\r\nQUIT",
                "SSH-2.0-x\r\n"
            })
    void otherProtocolsAreToldApartAtTheirFirstWrongByte(String greeting) {
        ProxyHeaderParser parser = new ProxyHeaderParser();
        ByteBuffer bytes = ByteBuffer.wrap((greeting + "\u0000\u0001\u0002").getBytes(ISO_8859_1));
        try {
            parser.take(bytes);
            fail("taken for a header");
        } catch (ProxyHeaderException refused) {
            assertThat(refused).hasMessageStartingWith("not a PROXY header: ");
            assertThat(parser.isCertain()).isFalse();
            assertThat(parser.taken()).isEqualTo(Arrays.copyOf(bytes.array(), bytes.position()));
        }
    }
}
