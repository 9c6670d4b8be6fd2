package dev.matryoshka.transport;

import dev.matryoshka.resolve.HappyEyeballs;
import dev.matryoshka.resolve.Resolver;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a client connects. Immutable; start from {@link #defaults()}.
 *
 * {@snippet :
 * ConnectOptions.defaults()
 *         .withTimeout(Duration.ofSeconds(5))
 *         .withSocketOption(StandardSocketOptions.SO_KEEPALIVE, true)
 * }
 *
 * @param route between which addresses, and who looks names up
 * @param happyEyeballs in which order the addresses of a host are tried, and when the next one
 * @param timeout how long looking up and connecting may take together, positive; null leaves it to the system, which is some two
 *     minutes for each silent address on Linux
 * @param socketOptions set on each socket before it is bound and connected; TCP_NODELAY is on unless it stands here
 * @param writeLimits the marks that the connection starts with
 */
public record ConnectOptions(
        Route route,
        HappyEyeballs happyEyeballs,
        @Nullable Duration timeout,
        Map<SocketOption<?>, Object> socketOptions,
        WaterMarks writeLimits) {
    /** Netty's, and what its users expect; asyncio has none. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final ConnectOptions DEFAULTS =
            new ConnectOptions(Route.ANY, HappyEyeballs.ON, TIMEOUT, Map.of(), WaterMarks.DEFAULT);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException the timeout is not positive
     */
    public ConnectOptions {
        Objects.requireNonNull(route, "route");
        Objects.requireNonNull(happyEyeballs, "happyEyeballs");
        Objects.requireNonNull(writeLimits, "writeLimits");
        if (timeout != null && !timeout.isPositive()) {
            throw new IllegalArgumentException("timeout is not positive: " + timeout);
        }
        socketOptions = Map.copyOf(socketOptions);
    }

    /** Happy Eyeballs with 250 ms, 30 s in all, TCP_NODELAY, asyncio's water marks. */
    public static ConnectOptions defaults() {
        return DEFAULTS;
    }

    // ---- between which addresses ----------------------------------------------------------------------------------

    private ConnectOptions with(Route newRoute) {
        return new ConnectOptions(newRoute, happyEyeballs, timeout, socketOptions, writeLimits);
    }

    /** The same with another resolver; null for the loop's. */
    public ConnectOptions withResolver(@Nullable Resolver resolver) {
        return with(route.withResolver(resolver));
    }

    /** The same over one family only, INET or INET6; null for both. */
    public ConnectOptions withFamily(@Nullable StandardProtocolFamily family) {
        return with(route.withFamily(family));
    }

    /** The same from a local address; port 0 lets the system choose one. */
    public ConnectOptions withLocalAddress(InetSocketAddress address) {
        return with(route.withLocalAddresses(List.of(address)));
    }

    /** The same from the first of several local addresses that fits and can be bound. */
    public ConnectOptions withLocalAddresses(List<InetSocketAddress> addresses) {
        return with(route.withLocalAddresses(addresses));
    }

    // ---- in what time ---------------------------------------------------------------------------------------------

    /** The same with another order and pace; {@link HappyEyeballs#OFF} tries one address after another, as asyncio. */
    public ConnectOptions withHappyEyeballs(HappyEyeballs eyeballs) {
        return new ConnectOptions(route, eyeballs, timeout, socketOptions, writeLimits);
    }

    /** The same with another time that each address has for itself before the next one is tried beside it; 10 ms to 60 s. */
    public ConnectOptions withHappyEyeballsDelay(Duration delay) {
        return withHappyEyeballs(new HappyEyeballs(delay, happyEyeballs.firstFamilyCount()));
    }

    /** The same with another limit on looking up and connecting together, positive; null leaves it to the system. */
    public ConnectOptions withTimeout(@Nullable Duration newTimeout) {
        return new ConnectOptions(route, happyEyeballs, newTimeout, socketOptions, writeLimits);
    }

    // ---- what it is like ------------------------------------------------------------------------------------------

    /**
     * The same with an option of the socket more, as one of {@link StandardSocketOptions}. One that the kind of socket does not
     * have fails the connection with {@link UnsupportedOperationException}.
     */
    public <T> ConnectOptions withSocketOption(SocketOption<T> option, T value) {
        Map<SocketOption<?>, Object> options = new HashMap<>(socketOptions);
        options.put(option, Objects.requireNonNull(value, "value"));
        return new ConnectOptions(route, happyEyeballs, timeout, options, writeLimits);
    }

    /** The same with SO_KEEPALIVE on or off. */
    public ConnectOptions withKeepAlive(boolean on) {
        return withSocketOption(StandardSocketOptions.SO_KEEPALIVE, on);
    }

    /** The same with TCP_NODELAY on, as it is by default, or off, which lets Nagle's algorithm wait for more to send. */
    public ConnectOptions withNoDelay(boolean on) {
        return withSocketOption(StandardSocketOptions.TCP_NODELAY, on);
    }

    /** The same with other marks. */
    public ConnectOptions withWriteLimits(WaterMarks marks) {
        return new ConnectOptions(route, happyEyeballs, timeout, socketOptions, marks);
    }
}
