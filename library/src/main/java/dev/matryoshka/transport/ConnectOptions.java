package dev.matryoshka.transport;

import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a client connects. Immutable; start from {@link #defaults()}.
 *
 * @param localAddress where to bind before connecting; null lets the system choose. Remote addresses of the other family
 *     are skipped
 * @param writeLimits the marks that the connection starts with
 */
public record ConnectOptions(@Nullable InetSocketAddress localAddress, WaterMarks writeLimits) {
    private static final ConnectOptions DEFAULTS = new ConnectOptions(null, WaterMarks.DEFAULT);

    /**
     * Checks the address.
     *
     * @throws IllegalArgumentException the local address is a name that was not looked up
     */
    public ConnectOptions {
        if (localAddress != null && localAddress.isUnresolved()) {
            throw new IllegalArgumentException("unresolved local address: " + localAddress);
        }
        Objects.requireNonNull(writeLimits, "writeLimits");
    }

    /** No local address, asyncio's water marks. */
    public static ConnectOptions defaults() {
        return DEFAULTS;
    }

    /** The same from a local address. */
    public ConnectOptions withLocalAddress(InetSocketAddress address) {
        return new ConnectOptions(address, writeLimits);
    }

    /** The same with other marks. */
    public ConnectOptions withWriteLimits(WaterMarks marks) {
        return new ConnectOptions(localAddress, marks);
    }
}
