package dev.matryoshka.kernel.memory;

import java.net.SocketOption;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options of one socket. Two of them have an effect on every byte and stand in fields; SO_LINGER acts at close, SO_REUSEADDR
 * and SO_REUSEPORT at bind, SO_BROADCAST and IP_MULTICAST_LOOP at a send; the rest is remembered and does nothing. Guarded by the network's lock.
 */
final class OptionValues {
    /** No window is larger, so that two of them can be added, and a mistake does not take all memory. */
    static final int WINDOW_BYTES_MAX = 1 << 30;

    /** Names as in {@link java.net.StandardSocketOptions} and {@code jdk.net.ExtendedSocketOptions}, values as on Linux. */
    private enum Known {
        SO_SNDBUF(0, EnumSet.allOf(SocketKind.class)),
        SO_RCVBUF(0, EnumSet.allOf(SocketKind.class)),
        SO_LINGER(-1, EnumSet.of(SocketKind.TCP, SocketKind.UNIX_STREAM)),
        SO_REUSEADDR(false, EnumSet.of(SocketKind.TCP, SocketKind.UDP)),
        SO_REUSEPORT(false, EnumSet.of(SocketKind.TCP, SocketKind.UDP)),
        SO_KEEPALIVE(false, EnumSet.of(SocketKind.TCP)),
        SO_BROADCAST(false, EnumSet.of(SocketKind.UDP)),
        IP_TOS(0, EnumSet.of(SocketKind.TCP, SocketKind.UDP)),
        IP_MULTICAST_TTL(1, EnumSet.of(SocketKind.UDP)),
        IP_MULTICAST_LOOP(true, EnumSet.of(SocketKind.UDP)),
        TCP_NODELAY(false, EnumSet.of(SocketKind.TCP)),
        TCP_QUICKACK(true, EnumSet.of(SocketKind.TCP)),
        TCP_KEEPIDLE(7200, EnumSet.of(SocketKind.TCP)),
        TCP_KEEPINTERVAL(75, EnumSet.of(SocketKind.TCP)),
        TCP_KEEPCOUNT(9, EnumSet.of(SocketKind.TCP));

        private final Object initial;
        private final EnumSet<SocketKind> kinds;

        Known(Object initial, EnumSet<SocketKind> kinds) {
            this.initial = initial;
            this.kinds = kinds;
        }
    }

    private final Map<Known, Object> values = new EnumMap<>(Known.class);
    private final SocketKind kind;
    private int sendBytes;
    private int receiveBytes;

    OptionValues(SocketKind kind, int sendBytes, int receiveBytes) {
        this.kind = kind;
        this.sendBytes = sendBytes;
        this.receiveBytes = receiveBytes;
    }

    /** What an accepted connection inherits from its listener: everything, as on Linux. */
    OptionValues copy() {
        OptionValues copy = new OptionValues(kind, sendBytes, receiveBytes);
        copy.values.putAll(values);
        return copy;
    }

    int sendBytes() {
        return sendBytes;
    }

    int receiveBytes() {
        return receiveBytes;
    }

    /** SO_LINGER with 0 seconds: close is a reset. */
    boolean abortsOnClose() {
        return Integer.valueOf(0).equals(values.get(Known.SO_LINGER));
    }

    boolean reusesAddress() {
        return Boolean.TRUE.equals(values.get(Known.SO_REUSEADDR));
    }

    boolean reusesPort() {
        return Boolean.TRUE.equals(values.get(Known.SO_REUSEPORT));
    }

    boolean mayBroadcast() {
        return Boolean.TRUE.equals(values.get(Known.SO_BROADCAST));
    }

    /** IP_MULTICAST_LOOP: all hosts of this network are one, so this decides whether anybody hears. */
    boolean loopsMulticast() {
        return !Boolean.FALSE.equals(values.get(Known.IP_MULTICAST_LOOP));
    }

    /**
     * A window of 0 becomes 1 byte; above that it is taken exactly, where Linux would double it and has a minimum.
     *
     * @throws UnsupportedOperationException this kind of socket does not have it
     * @throws IllegalArgumentException a negative size, or a byte that is none
     */
    <T> void set(SocketOption<T> option, T value) {
        Known known = find(option);
        switch (known) {
            case SO_SNDBUF -> sendBytes = window(known, value);
            case SO_RCVBUF -> receiveBytes = window(known, value);
            case IP_TOS, IP_MULTICAST_TTL -> values.put(known, checkRange(known, (Integer) value, 255));
            default -> values.put(known, value);
        }
    }

    <T> T get(SocketOption<T> option) {
        Known known = find(option);
        @Nullable Object set = values.get(known);
        Object value = switch (known) {
            case SO_SNDBUF -> sendBytes;
            case SO_RCVBUF -> receiveBytes;
            case SO_LINGER -> set instanceof Integer seconds && seconds >= 0 ? seconds : known.initial;
            default -> set == null ? known.initial : set;
        };
        return option.type().cast(value);
    }

    private Known find(SocketOption<?> option) {
        for (Known known : Known.values()) {
            if (known.name().equals(option.name())
                    && known.initial.getClass() == option.type()
                    && known.kinds.contains(kind)) {
                return known;
            }
        }
        throw new UnsupportedOperationException(option.name() + " on " + kind.words);
    }

    private static int window(Known known, Object value) {
        return Math.max(1, Math.min(checkRange(known, (Integer) value, Integer.MAX_VALUE), WINDOW_BYTES_MAX));
    }

    private static int checkRange(Known known, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(known + " out of range: " + value);
        }
        return value;
    }
}
