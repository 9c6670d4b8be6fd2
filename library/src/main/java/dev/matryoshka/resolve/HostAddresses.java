package dev.matryoshka.resolve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** What can be said about a host and a port without asking anybody. Any thread. */
public final class HostAddresses {
    /** The longest name of the DNS in text form (RFC 1035, 2.3.4). */
    private static final int NAME_CHARS_MAX = 253;

    private static final int PORT_MAX = 65535;

    private HostAddresses() {}

    /**
     * The address that a literal denotes, scope ids kept ({@code fe80::1%eth0}).
     *
     * @return null when the host is a name, which has to be looked up
     */
    public static @Nullable InetAddress literal(String host) {
        if (host.isEmpty() || !mayBeLiteral(host)) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException name) {
            return null;
        }
    }

    /** A literal begins with a digit, a colon, a bracket or, in IPv6, with a hexadecimal letter before a colon. */
    private static boolean mayBeLiteral(String host) {
        char first = host.charAt(0);
        return (first >= '0' && first <= '9') || host.indexOf(':') >= 0;
    }

    /**
     * Checks a name before it goes to the system.
     *
     * @throws UnknownHostException it is empty, too long or has a NUL, which C code would take for its end
     */
    public static void checkName(String host) throws UnknownHostException {
        if (host.isEmpty() || host.length() > NAME_CHARS_MAX || host.indexOf('\0') >= 0) {
            throw new UnknownHostException("not a host name (1 to " + NAME_CHARS_MAX + " characters, no NUL): '"
                    + host.replace('\0', '?').substring(0, Math.min(host.length(), 64)) + "'");
        }
    }

    /** @throws IllegalArgumentException the port is not 0 to 65535 */
    public static void checkPort(int port) {
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("port out of range 0 to " + PORT_MAX + ": " + port);
        }
    }
}
