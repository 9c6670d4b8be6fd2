package dev.matryoshka.layer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Addresses as text, exactly as proxy-protocol.txt 2.1 writes them. Not the JDK's parser: that takes {@code 127.1} and a scope,
 * and one that is more generous than the proxy's own lets two machines read two addresses from one line.
 */
final class AddressText {
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final int IPV6_GROUPS = 8;
    private static final int GROUP_DIGITS_MAX = 4;
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private AddressText() {}

    /** Four decimal numbers. */
    static String ipv4(byte[] address) {
        return (address[0] & 0xFF) + "." + (address[1] & 0xFF) + "." + (address[2] & 0xFF) + "." + (address[3] & 0xFF);
    }

    /** Eight hexadecimal numbers; nothing is left out, which every receiver understands. */
    static String ipv6(byte[] address) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < IPV6_BYTES; i += 2) {
            text.append(i == 0 ? "" : ":")
                    .append(Integer.toHexString(ByteBuffer.wrap(address).getShort(i) & 0xFFFF));
        }
        return text.toString();
    }

    /** An IPv4 address as the IPv6 address that stands for it (RFC 4291, 2.5.5.2); others as they are. */
    static byte[] widened(byte[] address) {
        return address.length == IPV6_BYTES
                ? address
                : ByteBuffer.allocate(IPV6_BYTES).put(MAPPED).put(address).array();
    }

    /** Null when it is not one. */
    static byte @Nullable [] ipv4(String text) {
        String[] numbers = text.split("\\.", -1);
        if (numbers.length != IPV4_BYTES) {
            return null;
        }
        byte[] address = new byte[IPV4_BYTES];
        for (int i = 0; i < IPV4_BYTES; i++) {
            int number = decimal(numbers[i], 0xFF);
            if (number < 0) {
                return null;
            }
            address[i] = (byte) number;
        }
        return address;
    }

    /**
     * Null when it is not one. The last two groups may be an IPv4 address (RFC 4291, 2.2): the page does not say so, but a
     * proxy that writes an IPv4 client with inet_ntop(3) does.
     */
    static byte @Nullable [] ipv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte @Nullable [] all = groups(text, true);
            return all != null && all.length == IPV6_BYTES ? all : null;
        }
        byte @Nullable [] head = groups(text.substring(0, gap), false);
        byte @Nullable [] tail = groups(text.substring(gap + 2), true);
        if (head == null || tail == null || head.length + tail.length > IPV6_BYTES - 2) {
            return null;
        }
        byte[] address = new byte[IPV6_BYTES];
        System.arraycopy(head, 0, address, 0, head.length);
        System.arraycopy(tail, 0, address, IPV6_BYTES - tail.length, tail.length);
        return address;
    }

    /** The bytes of some groups, none for no text. */
    private static byte @Nullable [] groups(String text, boolean mayEndInIpv4) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        List<String> groups = new ArrayList<>(List.of(text.split(":", -1)));
        byte[] last = new byte[0];
        if (mayEndInIpv4 && groups.getLast().indexOf('.') >= 0) {
            byte @Nullable [] ipv4 = ipv4(groups.removeLast());
            if (ipv4 == null) {
                return null;
            }
            last = ipv4;
        }
        if (groups.size() > IPV6_GROUPS) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(2 * groups.size() + last.length);
        for (String group : groups) {
            int number = hexadecimal(group);
            if (number < 0) {
                return null;
            }
            bytes.putShort((short) number);
        }
        return bytes.put(last).array();
    }

    private static int hexadecimal(String group) {
        if (group.isEmpty() || group.length() > GROUP_DIGITS_MAX) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < group.length(); i++) {
            char digit = group.charAt(i);
            int value = digit < 0x80 ? Character.digit(digit, 16) : -1;
            if (value < 0) {
                return -1;
            }
            number = number << 4 | value;
        }
        return number;
    }

    /** A decimal number without a sign or a leading zero; -1 when it is none, or too large. */
    static int decimal(String text, int max) {
        if (text.isEmpty() || text.length() > 5 || text.length() > 1 && text.charAt(0) == '0') {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            number = 10 * number + digit - '0';
        }
        return number <= max ? number : -1;
    }
}
