package dev.matryoshka.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.matryoshka.layer.ProxyHeader.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Version 1: one line of text (proxy-protocol.txt, 2.1). */
final class ProxyText {
    /** What every line begins with. */
    static final String SIGNATURE = "PROXY ";

    /** The longest line with its CRLF: UNKNOWN with two full IPv6 addresses and ports. */
    static final int LINE_BYTES_MAX = 107;

    private static final String UNKNOWN = "UNKNOWN";
    private static final int PORT_MAX = 65_535;

    /** TCP4 or TCP6, two addresses, two ports. */
    private static final int WORDS = 5;

    private ProxyText() {}

    static ByteBuffer encode(ProxyHeader header) {
        boolean tcp = header.kind() == Kind.TCP4 || header.kind() == Kind.TCP6;
        String line = SIGNATURE + UNKNOWN + "\r\n";
        if (tcp && header.source() instanceof InetSocketAddress source) {
            if (header.destination() instanceof InetSocketAddress destination) {
                line = String.join(
                        " ",
                        SIGNATURE.strip(),
                        header.kind().name(),
                        text(header.kind(), source),
                        text(header.kind(), destination),
                        String.valueOf(source.getPort()),
                        destination.getPort() + "\r\n");
            }
        }
        return ByteBuffer.wrap(line.getBytes(ISO_8859_1));
    }

    private static String text(Kind kind, InetSocketAddress address) {
        byte[] bytes = address.getAddress().getAddress();
        return kind == Kind.TCP4 ? AddressText.ipv4(bytes) : AddressText.ipv6(AddressText.widened(bytes));
    }

    /**
     * The header of a whole line.
     *
     * @param line without its CRLF
     */
    static ProxyHeader decode(String line) throws ProxyHeaderException {
        String rest = line.substring(SIGNATURE.length());
        if (isUnknown(rest)) {
            return ProxyHeader.unknown();
        }
        List<String> words = List.of(rest.split(" ", -1));
        Kind kind =
                words.getFirst().equals("TCP4") ? Kind.TCP4 : words.getFirst().equals("TCP6") ? Kind.TCP6 : null;
        if (kind == null) {
            throw malformed("neither TCP4, TCP6 nor UNKNOWN", line);
        }
        if (words.size() != WORDS) {
            throw malformed("not two addresses and two ports", line);
        }
        return new ProxyHeader(
                kind,
                address(kind, words.get(1), words.get(3), line),
                address(kind, words.get(2), words.get(4), line),
                List.of());
    }

    /** After it comes the end of the line, or anything at all. */
    static boolean isUnknown(String rest) {
        return rest.equals(UNKNOWN) || rest.startsWith(UNKNOWN + " ");
    }

    private static InetSocketAddress address(Kind kind, String host, String port, String line)
            throws ProxyHeaderException {
        byte @Nullable [] bytes = kind == Kind.TCP4 ? AddressText.ipv4(host) : AddressText.ipv6(host);
        int number = AddressText.decimal(port, PORT_MAX);
        if (bytes == null) {
            throw malformed("not an address of " + kind + ": '" + Shown.text(host) + "'", line);
        }
        if (number < 0) {
            throw malformed("not a port: '" + Shown.text(port) + "'", line);
        }
        return new InetSocketAddress(address(bytes), number);
    }

    /** An IPv4 address in IPv6 clothes becomes what it is, as everywhere in the JDK. */
    static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (java.net.UnknownHostException impossible) {
            throw new IllegalStateException("not 4 or 16 bytes: " + bytes.length, impossible);
        }
    }

    private static ProxyHeaderException malformed(String what, String line) {
        return new ProxyHeaderException("malformed PROXY line, " + what + ": '" + Shown.text(line) + "'");
    }
}
