package dev.matryoshka.layer;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.transport.Transport;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy says of the connection that it passes on: a header of the PROXY protocol (haproxy's proxy-protocol.txt), in
 * either of its two forms. Immutable, any thread.
 *
 * <p>The text form (version 1) knows TCP only; whatever else is then {@code UNKNOWN}, which is legal and says nothing.
 *
 * @param kind whether it speaks for somebody else, and over what
 * @param source who connected to the proxy; null for {@link Kind#LOCAL} and {@link Kind#UNKNOWN}
 * @param destination where to; null exactly when the source is
 * @param tlvs what else version 2 carries, in its order; unknown types are kept
 */
public record ProxyHeader(
        Kind kind, @Nullable SocketAddress source, @Nullable SocketAddress destination, List<ProxyTlv> tlvs) {
    private static final ProxyHeader LOCAL = new ProxyHeader(Kind.LOCAL, null, null, List.of());
    private static final ProxyHeader UNKNOWN = new ProxyHeader(Kind.UNKNOWN, null, null, List.of());

    /** The two forms of a header. */
    public enum Version {
        /** One line of text, for TCP. */
        V1,
        /** Binary, with every kind and with TLVs. */
        V2
    }

    /** Command, address family and transport, as far as their combinations mean anything. */
    public enum Kind {
        /** The proxy's own connection, such as a health check: the addresses are the connection's. */
        LOCAL(0x00, 0),
        /** Passed on for somebody of whom nothing is known: the addresses are the connection's. */
        UNKNOWN(0x00, 0),
        /** TCP over IPv4. */
        TCP4(0x11, 12),
        /** UDP over IPv4. */
        UDP4(0x12, 12),
        /** TCP over IPv6. */
        TCP6(0x21, 36),
        /** UDP over IPv6. */
        UDP6(0x22, 36),
        /** A Unix stream socket. */
        UNIX_STREAM(0x31, 216),
        /** A Unix datagram socket. */
        UNIX_DATAGRAM(0x32, 216);

        /** The 14th byte of version 2. */
        final int code;

        /** How long the addresses are in version 2. */
        final int addressBytes;

        Kind(int code, int addressBytes) {
            this.code = code;
            this.addressBytes = addressBytes;
        }

        boolean isUnix() {
            return this == UNIX_STREAM || this == UNIX_DATAGRAM;
        }
    }

    /**
     * Checks that the addresses are of the kind.
     *
     * @throws IllegalArgumentException they are not, or the header would be longer than version 2 can say
     */
    public ProxyHeader {
        tlvs = List.copyOf(tlvs);
        if (!isOf(kind, source) || !isOf(kind, destination)) {
            throw new IllegalArgumentException("no addresses of " + kind + ": " + source + ", " + destination);
        }
        long blockBytes = kind.addressBytes;
        for (ProxyTlv tlv : tlvs) {
            blockBytes += tlv.encodedBytes();
        }
        if (blockBytes > ProxyBinary.BLOCK_BYTES_MAX) {
            throw new IllegalArgumentException("a header carries at most 65535 bytes: " + blockBytes);
        }
    }

    private static boolean isOf(Kind kind, @Nullable SocketAddress address) {
        if (kind.addressBytes == 0) {
            return address == null;
        }
        if (kind.isUnix()) {
            return address instanceof UnixDomainSocketAddress || address instanceof AbstractUnixAddress;
        }
        boolean ipv4Only = kind == Kind.TCP4 || kind == Kind.UDP4;
        return address instanceof InetSocketAddress inet
                && !inet.isUnresolved()
                && (!ipv4Only || inet.getAddress() instanceof Inet4Address);
    }

    /**
     * For a stream connection from one address to another: TCP over IPv4 or, if either is IPv6, over IPv6; or a Unix stream.
     * {@link #unknown()} when an address is missing, or the two have nothing in common.
     */
    public static ProxyHeader of(@Nullable SocketAddress source, @Nullable SocketAddress destination) {
        for (Kind kind : List.of(Kind.TCP4, Kind.TCP6, Kind.UNIX_STREAM)) {
            if (isOf(kind, source) && isOf(kind, destination)) {
                return new ProxyHeader(kind, source, destination, List.of());
            }
        }
        return UNKNOWN;
    }

    /** For passing on what comes over a connection: from its peer to its own address. Loop thread only. */
    public static ProxyHeader of(Transport accepted) {
        return of(accepted.remoteAddress(), accepted.localAddress());
    }

    /** For a connection that the proxy makes on its own account. */
    public static ProxyHeader local() {
        return LOCAL;
    }

    /** For a connection of which nothing can be said. */
    public static ProxyHeader unknown() {
        return UNKNOWN;
    }

    /** The same with one more TLV, after the others. */
    public ProxyHeader with(ProxyTlv tlv) {
        List<ProxyTlv> more = new ArrayList<>(tlvs);
        more.add(tlv);
        return new ProxyHeader(kind, source, destination, more);
    }

    /** The same with a checksum (CRC32C) in version 2, which every receiver has to check. */
    public ProxyHeader withChecksum() {
        return tlv(ProxyTlv.CRC32C) != null ? this : with(new ProxyTlv(ProxyTlv.CRC32C, new byte[Integer.BYTES]));
    }

    /** The first TLV of a type, or null. */
    public @Nullable ProxyTlv tlv(int type) {
        for (ProxyTlv tlv : tlvs) {
            if (tlv.type() == type) {
                return tlv;
            }
        }
        return null;
    }

    /** The header's bytes, to be sent before all others. A checksum is computed anew; version 1 leaves all TLVs out. */
    public ByteBuffer encode(Version version) {
        return switch (Objects.requireNonNull(version, "version")) {
            case V1 -> ProxyText.encode(this);
            case V2 -> ProxyBinary.encode(this);
        };
    }
}
