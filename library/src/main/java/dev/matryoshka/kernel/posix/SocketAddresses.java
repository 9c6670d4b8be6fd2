package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.matryoshka.address.AbstractUnixAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Addresses of the JDK to and from the structs of the kernel. Any thread; no look-ups.
 *
 * <pre>
 *   sockaddr_in, ip(7)        sockaddr_in6, ipv6(7)       sockaddr_un, unix(7)
 *    0 ┌────────────┐          0 ┌────────────┐            0 ┌────────────┐
 *      │ family     │            │ family     │              │ family     │   the machine's order
 *    2 ├────────────┤          2 ├────────────┤            2 ├────────────┤
 *      │ port       │            │ port       │              │ path, then │   ports: network order
 *    4 ├────────────┤          4 ├────────────┤              │ a NUL; or  │
 *      │ address    │            │ flow info  │              │ a NUL, then│
 *    8 ├────────────┤          8 ├────────────┤              │ an abstract│
 *      │ zero       │            │ address    │              │ name; or   │
 *   16 └────────────┘            │            │              │ nothing at │
 *                             24 ├────────────┤              │ all:       │
 *                                │ scope id   │              │ no name    │
 *                             28 └────────────┘          110 └────────────┘
 * </pre>
 */
public final class SocketAddresses {
    /** sizeof(struct sockaddr_storage): room for an address of any family. */
    public static final int MAX_BYTES = 128;

    static final int FAMILY = 0;
    static final int PORT = 2;
    static final int IN_ADDRESS = 4;
    static final int IN_BYTES = 16;
    static final int IN6_FLOW_INFO = 4;
    static final int IN6_ADDRESS = 8;
    static final int IN6_SCOPE_ID = 24;
    static final int IN6_BYTES = 28;
    static final int UN_PATH = 2;
    static final int UN_PATH_BYTES = 108;

    private static final int IN6_ADDRESS_BYTES = 16;
    private static final int V4_MAPPED_MARK = 10;
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");
    private static final ValueLayout.OfShort NETWORK_SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private SocketAddresses() {}

    /**
     * Writes an address for a socket of the given family; IPv4 on an IPv6 socket becomes {@code ::ffff:a.b.c.d}.
     *
     * @param target at least {@link #MAX_BYTES}
     * @return the length in bytes, or −ENAMETOOLONG for a Unix name over 107 bytes
     * @throws UnresolvedAddressException an Internet address without an IP
     * @throws UnsupportedAddressTypeException not an address of that family
     * @throws InvalidPathException a Unix name that is no text in this JVM's locale: who asks for the address of a socket could not be
     *     told it
     */
    public static int encode(SocketAddress address, StandardProtocolFamily family, MemorySegment target) {
        if (address instanceof InetSocketAddress internet && family != StandardProtocolFamily.UNIX) {
            InetAddress ip = internet.getAddress();
            if (ip == null) {
                throw new UnresolvedAddressException();
            }
            if (family == StandardProtocolFamily.INET6) {
                return encode6(ip, internet.getPort(), target);
            }
            if (ip instanceof Inet4Address) {
                return encode4(ip, internet.getPort(), target);
            }
        } else if (family == StandardProtocolFamily.UNIX) {
            if (address instanceof UnixDomainSocketAddress unix) {
                return encodeUnix(name(unix.getPath()), 0, 1, target);
            }
            if (address instanceof AbstractUnixAddress named) {
                return encodeUnix(named.name(), 1, 0, target);
            }
        }
        throw new UnsupportedAddressTypeException();
    }

    private static byte[] name(Path path) {
        byte[] bytes = FileNames.textBytes(path);
        if (bytes == null) {
            throw new InvalidPathException(
                    path.toString(), "no text in the locale of this JVM, as the name of a socket is");
        }
        return bytes;
    }

    private static int encode4(InetAddress ip, int port, MemorySegment target) {
        target.asSlice(0, IN_BYTES).fill((byte) 0);
        target.set(JAVA_SHORT_UNALIGNED, FAMILY, (short) Constants.AF_INET);
        target.set(NETWORK_SHORT, PORT, (short) port);
        copyIn(ip.getAddress(), target, IN_ADDRESS);
        return IN_BYTES;
    }

    private static int encode6(InetAddress ip, int port, MemorySegment target) {
        target.asSlice(0, IN6_BYTES).fill((byte) 0);
        target.set(JAVA_SHORT_UNALIGNED, FAMILY, (short) Constants.AF_INET6);
        target.set(NETWORK_SHORT, PORT, (short) port);
        byte[] bytes = ip.getAddress();
        copyIn(bytes, target, IN6_ADDRESS + IN6_ADDRESS_BYTES - bytes.length);
        if (ip instanceof Inet6Address six) {
            target.set(JAVA_INT_UNALIGNED, IN6_SCOPE_ID, six.getScopeId());
        } else {
            target.set(JAVA_SHORT_UNALIGNED, IN6_ADDRESS + V4_MAPPED_MARK, (short) 0xffff);
        }
        return IN6_BYTES;
    }

    /** The empty path stays without any byte: for bind(2) that asks Linux to make up an abstract name. */
    private static int encodeUnix(byte[] name, int nulsBefore, int nulsAfter, MemorySegment target) {
        if (nulsBefore + name.length + nulsAfter > UN_PATH_BYTES) {
            return -Errno.ENAMETOOLONG.number;
        }
        target.asSlice(0, MAX_BYTES).fill((byte) 0);
        target.set(JAVA_SHORT_UNALIGNED, FAMILY, (short) Constants.AF_UNIX);
        copyIn(name, target, UN_PATH + nulsBefore);
        boolean unnamed = name.length == 0 && nulsBefore == 0;
        return unnamed ? UN_PATH : UN_PATH + nulsBefore + name.length + nulsAfter;
    }

    private static void copyIn(byte[] bytes, MemorySegment target, long offset) {
        MemorySegment.copy(bytes, 0, target, JAVA_BYTE, offset, bytes.length);
    }

    /**
     * Reads an address that the kernel wrote. A v4-mapped one becomes IPv4; a Unix socket without a name, as clients
     * are, becomes the empty path, as in the JDK.
     *
     * @param length what the kernel says that it wrote
     */
    public static SocketAddress decode(MemorySegment source, int length) {
        int family = length < UN_PATH ? Constants.AF_UNIX : source.get(JAVA_SHORT_UNALIGNED, FAMILY);
        return switch (family) {
            case Constants.AF_INET -> {
                byte[] ip = source.asSlice(IN_ADDRESS, Integer.BYTES).toArray(JAVA_BYTE);
                yield new InetSocketAddress(ip(ip, 0), port(source));
            }
            case Constants.AF_INET6 -> {
                byte[] ip = source.asSlice(IN6_ADDRESS, IN6_ADDRESS_BYTES).toArray(JAVA_BYTE);
                yield new InetSocketAddress(ip(ip, source.get(JAVA_INT_UNALIGNED, IN6_SCOPE_ID)), port(source));
            }
            case Constants.AF_UNIX -> decodeUnix(source, Math.min(length, UN_PATH + UN_PATH_BYTES));
            default -> throw new IllegalArgumentException("not an address of ours: family " + family);
        };
    }

    private static int port(MemorySegment source) {
        return Short.toUnsignedInt(source.get(NETWORK_SHORT, PORT));
    }

    private static InetAddress ip(byte[] bytes, int scopeId) {
        try {
            return scopeId == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scopeId);
        } catch (UnknownHostException e) {
            throw new AssertionError("only a wrong length is refused: " + bytes.length, e);
        }
    }

    private static SocketAddress decodeUnix(MemorySegment source, int length) {
        if (length <= UN_PATH) {
            return UNNAMED;
        }
        byte[] name = source.asSlice(UN_PATH, length - UN_PATH).toArray(JAVA_BYTE);
        if (name[0] == 0) {
            return AbstractUnixAddress.of(Arrays.copyOfRange(name, 1, name.length));
        }
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        // A peer's odd name, no text in this JVM's locale, must neither break the connection nor become another's.
        String text = FileNames.text(name, end);
        return text == null ? UNNAMED : UnixDomainSocketAddress.of(text);
    }

    /**
     * For messages: {@code 127.0.0.1:80}, {@code example.org/127.0.0.1:80}, a path, {@code @name}. Other nouns as they
     * are.
     */
    public static String text(Object subject) {
        String text = subject.toString();
        if (subject instanceof InetSocketAddress) {
            return text.startsWith("/") ? text.substring(1) : text;
        }
        return subject instanceof UnixDomainSocketAddress && text.isEmpty() ? "an unnamed socket" : text;
    }
}
