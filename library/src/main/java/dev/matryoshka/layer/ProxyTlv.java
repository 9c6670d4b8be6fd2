package dev.matryoshka.layer;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * One piece of further information in a version 2 header: a type and bytes, whose meaning is the type's. Immutable.
 *
 * @param type 0 to 255
 * @param value 0 to 65535 bytes; copied in and out
 */
public record ProxyTlv(int type, byte[] value) {
    /** The application protocol that was negotiated (PP2_TYPE_ALPN). */
    public static final int ALPN = 0x01;

    /** The host name that the client asked for, UTF-8 (PP2_TYPE_AUTHORITY). */
    public static final int AUTHORITY = 0x02;

    /** The checksum of the header, 4 bytes (PP2_TYPE_CRC32C). Has been checked in a header that was received. */
    public static final int CRC32C = 0x03;

    /** Padding (PP2_TYPE_NOOP). */
    public static final int NOOP = 0x04;

    /** An identifier of the connection, up to 128 bytes (PP2_TYPE_UNIQUE_ID). */
    public static final int UNIQUE_ID = 0x05;

    /** What is known of the client's TLS, with TLVs inside (PP2_TYPE_SSL). */
    public static final int SSL = 0x20;

    /** A network namespace, US-ASCII (PP2_TYPE_NETNS). */
    public static final int NETNS = 0x30;

    /** Type and length. */
    static final int HEAD_BYTES = 3;

    private static final int TYPE_MAX = 0xFF;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException the type or the length does not fit
     */
    public ProxyTlv {
        if (type < 0 || type > TYPE_MAX) {
            throw new IllegalArgumentException("type out of range 0 to 255: " + type);
        }
        if (value.length > ProxyBinary.BLOCK_BYTES_MAX) {
            throw new IllegalArgumentException("value longer than 65535 bytes: " + value.length);
        }
        value = value.clone();
    }

    /** A copy. */
    @Override
    public byte[] value() {
        return value.clone();
    }

    int encodedBytes() {
        return HEAD_BYTES + value.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProxyTlv that && type == that.type && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * type + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return String.format("ProxyTlv[0x%02x: %s]", type, HexFormat.of().formatHex(value));
    }
}
