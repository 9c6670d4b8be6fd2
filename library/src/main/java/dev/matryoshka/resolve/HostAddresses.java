package dev.matryoshka.resolve;

import java.net.IDN;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can be said about a host and a port without asking anybody. Any thread. */
public final class HostAddresses {
    /** The longest name of the DNS in text form, without the dot of the root (RFC 1035, 2.3.4). */
    private static final int NAME_CHARS_MAX = 253;

    private static final int PORT_MAX = 65535;

    /** Of a refused name, in a message: enough to recognise it, too little to flood a log. */
    private static final int SHOWN_CHARS_MAX = 64;

    private HostAddresses() {}

    /**
     * The address that a literal denotes: IPv4 as {@code 127.0.0.1} (also {@code 127.1}, as inet_aton(3) reads it, but neither
     * octal nor hexadecimal), IPv6 with or without brackets, its scope id kept ({@code fe80::1%eth0}, {@code fe80::1%2}).
     *
     * @return null when the host is a name, which has to be looked up
     */
    public static @Nullable InetAddress literal(String host) {
        if (!mayBeLiteral(host)) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException name) {
            return null; // a name such as 1e100.net, or a scope that this machine does not have
        }
    }

    /** Every literal begins with a digit or has a colon; asking spares names the exception. */
    private static boolean mayBeLiteral(String host) {
        return !host.isEmpty() && (isDigit(host.charAt(0)) || host.indexOf(':') >= 0);
    }

    private static boolean isDigit(char first) {
        return first >= '0' && first <= '9';
    }

    /**
     * A name as it goes to the system: checked, and in ASCII (IDNA, as asyncio; {@code bücher.example} becomes {@code
     * xn--bcher-kva.example}).
     *
     * @throws UnknownHostException it is empty, too long, has a NUL, which C code would take for its end, or cannot be written
     *     in ASCII
     */
    public static String asciiName(String host) throws UnknownHostException {
        if (host.isEmpty() || host.length() > NAME_CHARS_MAX + 1 || host.indexOf('\0') >= 0) {
            throw notAName(host, null);
        }
        String name = host;
        if (!host.chars().allMatch(character -> character < 0x80)) {
            try {
                name = IDN.toASCII(host);
            } catch (IllegalArgumentException notEncodable) {
                throw notAName(host, notEncodable);
            }
        }
        if (name.length() > NAME_CHARS_MAX + (name.endsWith(".") ? 1 : 0)) {
            throw notAName(host, null);
        }
        return name;
    }

    private static UnknownHostException notAName(String host, @Nullable Throwable cause) {
        String shown =
                host.substring(0, Math.min(host.length(), SHOWN_CHARS_MAX)).replace('\0', '?');
        UnknownHostException refused = new UnknownHostException(
                "not a host name (1 to " + NAME_CHARS_MAX + " characters, no NUL): '" + shown + "'");
        refused.initCause(cause);
        return refused;
    }

    /** Of which kind of socket an address is. */
    public static StandardProtocolFamily family(InetAddress address) {
        return address instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    /**
     * Those of a family, in their order.
     *
     * @param family null for all
     * @throws UnknownHostException there is none; the message says what there was
     */
    public static List<InetAddress> ofFamily(
            String host, List<InetAddress> found, @Nullable StandardProtocolFamily family) throws UnknownHostException {
        if (family == null) {
            return found;
        }
        List<InetAddress> fitting =
                found.stream().filter(address -> family(address) == family).toList();
        if (fitting.isEmpty()) {
            throw new UnknownHostException(host + ": no address of family " + family + " among " + found);
        }
        return fitting;
    }

    /**
     * Each once, in their order. Not by {@code equals} alone, which does not look at the scope: {@code fe80::1} on two interfaces is two
     * hosts.
     */
    public static List<InetAddress> distinct(List<InetAddress> addresses) {
        Set<Place> seen = new HashSet<>();
        return addresses.stream().filter(address -> seen.add(Place.of(address))).toList();
    }

    /** An address with its scope, as a key. */
    record Place(InetAddress address, int scope) {
        static Place of(InetAddress address) {
            return new Place(address, HostAddresses.scope(address));
        }

        @Override
        public String toString() {
            return address.toString();
        }
    }

    /** The number of the interface that an address is of; 0 for any, or none. */
    static int scope(@Nullable InetAddress address) {
        return address instanceof Inet6Address six ? six.getScopeId() : 0;
    }

    /** Each with a port. */
    public static List<InetSocketAddress> withPort(List<InetAddress> addresses, int port) {
        return addresses.stream()
                .map(address -> new InetSocketAddress(address, port))
                .toList();
    }

    /** The same address without the name that it may carry; its scope stays. */
    static InetAddress withoutName(InetAddress address) throws UnknownHostException {
        return address instanceof Inet6Address scoped && scoped.getScopeId() != 0
                ? Inet6Address.getByAddress(null, address.getAddress(), scoped.getScopeId())
                : InetAddress.getByAddress(address.getAddress());
    }

    /**
     * Checks a family to look up for.
     *
     * @param family null for both
     * @throws IllegalArgumentException it is not one of the Internet
     */
    public static void checkFamily(@Nullable StandardProtocolFamily family) {
        if (family == StandardProtocolFamily.UNIX) {
            throw new IllegalArgumentException("a host has addresses of family INET or INET6, not " + family);
        }
    }

    /**
     * Checks a port.
     *
     * @throws IllegalArgumentException it is not 0 to 65535
     */
    public static void checkPort(int port) {
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("port out of range 0 to " + PORT_MAX + ": " + port);
        }
    }
}
