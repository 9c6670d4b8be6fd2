package dev.matryoshka.kernel.posix;

import static dev.matryoshka.kernel.posix.Constants.IPPROTO_IP;
import static dev.matryoshka.kernel.posix.Constants.IPPROTO_TCP;
import static dev.matryoshka.kernel.posix.Constants.SOL_SOCKET;

import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/**
 * The socket options of {@link java.net.StandardSocketOptions} and {@code jdk.net.ExtendedSocketOptions} that a
 * socket has. Any thread.
 *
 * <p>They are found by name, so that the module jdk.net need not be there; the constants are named as the options are.
 */
enum PosixOption {
    SO_REUSEADDR(Kind.FLAG, SOL_SOCKET, Constants.SO_REUSEADDR),
    SO_REUSEPORT(Kind.FLAG, SOL_SOCKET, Constants.SO_REUSEPORT),
    SO_BROADCAST(Kind.FLAG, SOL_SOCKET, Constants.SO_BROADCAST),
    SO_KEEPALIVE(Kind.FLAG, SOL_SOCKET, Constants.SO_KEEPALIVE),
    SO_SNDBUF(Kind.BUFFER_BYTES, SOL_SOCKET, Constants.SO_SNDBUF),
    SO_RCVBUF(Kind.BUFFER_BYTES, SOL_SOCKET, Constants.SO_RCVBUF),
    SO_LINGER(Kind.LINGER_SECONDS, SOL_SOCKET, Constants.SO_LINGER),
    IP_TOS(Kind.BYTE, IPPROTO_IP, Constants.IP_TOS, Constants.IPV6_TCLASS),
    IP_MULTICAST_TTL(Kind.BYTE, IPPROTO_IP, Constants.IP_MULTICAST_TTL, Constants.IPV6_MULTICAST_HOPS),
    IP_MULTICAST_LOOP(Kind.FLAG, IPPROTO_IP, Constants.IP_MULTICAST_LOOP, Constants.IPV6_MULTICAST_LOOP),
    TCP_NODELAY(Kind.FLAG, IPPROTO_TCP, Constants.TCP_NODELAY),
    TCP_QUICKACK(Kind.FLAG, IPPROTO_TCP, Constants.TCP_QUICKACK),
    TCP_KEEPIDLE(Kind.COUNT, IPPROTO_TCP, Constants.TCP_KEEPIDLE),
    TCP_KEEPINTERVAL(Kind.COUNT, IPPROTO_TCP, Constants.TCP_KEEPINTVL),
    TCP_KEEPCOUNT(Kind.COUNT, IPPROTO_TCP, Constants.TCP_KEEPCNT);

    /** What the int of an option means. */
    enum Kind {
        FLAG(Boolean.class),
        COUNT(Integer.class),
        BYTE(Integer.class),
        BUFFER_BYTES(Integer.class),
        LINGER_SECONDS(Integer.class);

        private final Class<?> type;

        Kind(Class<?> type) {
            this.type = type;
        }
    }

    final Kind kind;
    final int level;
    final int number;

    /** The same for IPv6, of level IPPROTO_IPV6; 0 for none. A dual-stack socket has both, and needs both. */
    final int ipv6Number;

    PosixOption(Kind kind, int level, int number) {
        this(kind, level, number, 0);
    }

    PosixOption(Kind kind, int level, int number, int ipv6Number) {
        this.kind = kind;
        this.level = level;
        this.number = number;
        this.ipv6Number = ipv6Number;
    }

    /** @throws UnsupportedOperationException an unknown option, or one that sockets of that kind do not have */
    static PosixOption of(SocketOption<?> option, StandardProtocolFamily family, boolean datagram) {
        PosixOption found = find(option);
        if (found == null || !found.exists(family, datagram)) {
            throw new UnsupportedOperationException(
                    option.name() + " on a " + family + (datagram ? " datagram socket" : " socket"));
        }
        return found;
    }

    private boolean exists(StandardProtocolFamily family, boolean datagram) {
        return (family != StandardProtocolFamily.UNIX || existsOnUnix())
                && (datagram ? existsOnDatagrams() : existsOnStreams());
    }

    boolean existsOnStreams() {
        return this != SO_BROADCAST && this != IP_MULTICAST_TTL && this != IP_MULTICAST_LOOP;
    }

    private boolean existsOnDatagrams() {
        return level != IPPROTO_TCP && this != SO_KEEPALIVE && this != SO_LINGER;
    }

    private static @Nullable PosixOption find(SocketOption<?> option) {
        for (PosixOption candidate : values()) {
            if (candidate.name().equals(option.name()) && candidate.kind.type == option.type()) {
                return candidate;
            }
        }
        return null;
    }

    /** As the JDK has it; Linux would take some of the others without a word and do nothing. */
    private boolean existsOnUnix() {
        return this == SO_SNDBUF || this == SO_RCVBUF || this == SO_LINGER;
    }

    /**
     * The int for setsockopt; for SO_LINGER the seconds, negative for off.
     *
     * @throws IllegalArgumentException out of range
     */
    int encode(Object value) {
        if (kind == Kind.FLAG) {
            return (Boolean) value ? 1 : 0;
        }
        int number = (Integer) value;
        boolean fits = switch (kind) {
            case BUFFER_BYTES -> number >= 0;
            case BYTE -> number >= 0 && number <= 255;
            case FLAG, COUNT, LINGER_SECONDS -> true;
        };
        if (!fits) {
            throw new IllegalArgumentException(name() + " out of range: " + number);
        }
        return number;
    }

    /**
     * The value for an int of getsockopt. socket(7): Linux doubles a buffer size when it is set; the JDK halves it
     * again.
     */
    Object decode(int number) {
        return switch (kind) {
            case FLAG -> number != 0;
            case BUFFER_BYTES -> number / 2;
            case COUNT, BYTE, LINGER_SECONDS -> number;
        };
    }
}
