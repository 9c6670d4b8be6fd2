package dev.matryoshka.layer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A range of addresses, as CIDR writes it: {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or one address alone. Immutable.
 *
 * @param address the first; the bits behind the prefix are zero
 * @param prefixBits how many bits an address must have in common with it: 0 to 32, or 128 for IPv6
 */
public record Network(InetAddress address, int prefixBits) {
    private static final int PREFIX_BITS_MAX = 128;

    /**
     * Checks the prefix. Bits behind it are refused: {@code 10.1.2.3/8} is mostly a slip, and means more than it seems to.
     *
     * @throws IllegalArgumentException the prefix is out of range, or the address has bits behind it
     */
    public Network {
        byte[] bytes = address.getAddress();
        if (prefixBits < 0 || prefixBits > 8 * bytes.length) {
            throw new IllegalArgumentException("prefix out of range 0 to " + 8 * bytes.length + ": " + prefixBits);
        }
        for (int bit = prefixBits; bit < 8 * bytes.length; bit++) {
            if (bit(bytes, bit)) {
                throw new IllegalArgumentException(
                        address.getHostAddress() + "/" + prefixBits + " has bits behind its prefix");
            }
        }
    }

    /**
     * Reads the text form. A literal address without a prefix is a network of one.
     *
     * @throws IllegalArgumentException it is not one; names are not looked up
     */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        byte @Nullable [] bytes = host.indexOf(':') < 0 ? AddressText.ipv4(host) : AddressText.ipv6(host);
        if (bytes == null) {
            throw new IllegalArgumentException("not a network such as 10.0.0.0/8 or ::1: '" + text + "'");
        }
        InetAddress address = ProxyText.address(bytes);
        int bits = slash < 0
                ? 8 * address.getAddress().length
                : AddressText.decimal(text.substring(slash + 1), PREFIX_BITS_MAX);
        if (bits < 0) {
            throw new IllegalArgumentException("not a network such as 10.0.0.0/8 or ::1: '" + text + "'");
        }
        return new Network(address, bits);
    }

    /** Whether an address lies in it. An IPv4 address never lies in an IPv6 network, nor the other way round. */
    public boolean contains(InetAddress candidate) {
        byte[] ours = address.getAddress();
        byte[] theirs = candidate.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefixBits; bit++) {
            if (bit(ours, bit) != bit(theirs, bit)) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #contains(InetAddress)} for a peer; false for what is not an Internet address. */
    public boolean contains(@Nullable SocketAddress candidate) {
        return candidate instanceof InetSocketAddress inet && !inet.isUnresolved() && contains(inet.getAddress());
    }

    private static boolean bit(byte[] bytes, int index) {
        return (ByteBuffer.wrap(bytes).get(index / 8) >> 7 - index % 8 & 1) == 1;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefixBits;
    }
}
