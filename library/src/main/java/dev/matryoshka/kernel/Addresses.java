package dev.matryoshka.kernel;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Comparing addresses of sockets. Any thread. */
public final class Addresses {
    private Addresses() {}

    /**
     * Whether both are the same place. {@link Inet6Address#equals} does not look at the scope, but {@code fe80::1} on two
     * interfaces is two hosts, and one group on them two places to send to. Where an address means the same on every interface its
     * scope means nothing (ipv6(7)): the JDK's list of interfaces gives even {@code ::1} one.
     */
    public static boolean isSame(@Nullable SocketAddress one, @Nullable SocketAddress other) {
        return one == other || (one != null && one.equals(other) && scope(one) == scope(other));
    }

    private static int scope(@Nullable SocketAddress of) {
        return of instanceof InetSocketAddress internet
                        && internet.getAddress() instanceof Inet6Address six
                        && isOfOneLink(six)
                ? six.getScopeId()
                : 0;
    }

    private static boolean isOfOneLink(InetAddress address) {
        return address.isLinkLocalAddress() || address.isMCLinkLocal() || address.isMCNodeLocal();
    }
}
