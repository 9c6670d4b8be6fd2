package dev.matryoshka.transport;

import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.resolve.Resolver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Between which addresses a client connects. Immutable; the part of {@link ConnectOptions} that only Internet connections have.
 *
 * @param resolver whom to ask for a name; null for the loop's
 * @param family INET or INET6 to use the addresses of one family only; null for both
 * @param localAddresses where to bind before connecting: for each remote address the first of its family that can be bound.
 *     Empty lets the system choose. Remote addresses of a family that has none fail
 */
public record Route(
        @Nullable Resolver resolver, @Nullable StandardProtocolFamily family, List<InetSocketAddress> localAddresses) {
    /** The loop's resolver, both families, any local address. */
    public static final Route ANY = new Route(null, null, List.of());

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException the family is not one of the Internet, or a local address is a name that was not looked up
     */
    public Route {
        HostAddresses.checkFamily(family);
        localAddresses = localAddresses.stream().map(Route::withoutName).toList();
    }

    private static InetSocketAddress withoutName(InetSocketAddress address) {
        if (!address.isUnresolved()) {
            return address;
        }
        InetAddress literal = HostAddresses.literal(address.getHostString());
        if (literal == null) {
            throw new IllegalArgumentException("unresolved local address: " + address);
        }
        return new InetSocketAddress(literal, address.getPort());
    }

    /** The same with another resolver; null for the loop's. */
    public Route withResolver(@Nullable Resolver newResolver) {
        return new Route(newResolver, family, localAddresses);
    }

    /** The same for one family; null for both. */
    public Route withFamily(@Nullable StandardProtocolFamily newFamily) {
        return new Route(resolver, newFamily, localAddresses);
    }

    /** The same from other local addresses. */
    public Route withLocalAddresses(List<InetSocketAddress> addresses) {
        return new Route(resolver, family, addresses);
    }
}
