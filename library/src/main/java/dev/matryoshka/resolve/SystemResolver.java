package dev.matryoshka.resolve;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The system's resolver ({@code getaddrinfo(3)} by {@link InetAddress#getAllByName}, {@code getnameinfo(3)}) on a small pool of
 * daemon threads, one for the JVM. Any thread. Not a resolver of our own: hosts files, search lists and the rest are the system's
 * business. The JDK caches addresses, 30 s unless {@code networkaddress.cache.ttl} says otherwise.
 *
 * <p>getaddrinfo(3) cannot be stopped, and one dead name server holds it for many seconds. So a pool of its own, not that of
 * {@code runInExecutor} (asyncio's users call it "DNS timeouts" when a busy pool makes them wait: cpython#112169); who gives
 * up goes at once, the thread follows when it can; and all who ask for one name at one time wait for one look-up, so that
 * retrying a dead name does not fill the pool with it.
 *
 * <h2>Order</h2>
 * Left alone, the JDK puts IPv4 in front, whatever the system said; it did so when IPv6 was rare. RFC 8305 (section 4) and the
 * policy table of RFC 6724 (section 2.1) put IPv6 in front, and so does this, within a family in the system's order. Whoever sets
 * the JDK's own {@code -Djava.net.preferIPv6Addresses} to {@code true}, {@code false} or {@code system} gets what it says.
 */
public final class SystemResolver implements Resolver {
    private static final SystemResolver SHARED = new SystemResolver(InetAddress::getAllByName, SystemResolver::reverse);

    private final LookupPool<String, List<InetAddress>> names;
    private final LookupPool<HostAddresses.Place, String> addresses;

    SystemResolver(LookupPool.Query<String, InetAddress[]> byName, LookupPool.Query<InetAddress, String> byAddress) {
        Executor threads = LookupPool.threads();
        this.names = new LookupPool<>(threads, name -> ordered(List.of(byName.find(name))));
        this.addresses = new LookupPool<>(threads, place -> byAddress.find(place.address()));
    }

    /** The one for this JVM. */
    public static SystemResolver shared() {
        return SHARED;
    }

    /** {@inheritDoc} Fails with {@link UnknownHostException} too when thousands of names wait already. */
    @Override
    public CompletableFuture<List<InetAddress>> resolve(String host) {
        try {
            return names.ask(HostAddresses.asciiName(host));
        } catch (UnknownHostException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /**
     * {@inheritDoc} As the JDK does, a name that does not lead back to the address is not believed. Fails with
     * {@link UnknownHostException} when thousands of look-ups wait already.
     */
    @Override
    public CompletableFuture<String> nameOf(InetAddress address) {
        return addresses.ask(HostAddresses.Place.of(address));
    }

    private static List<InetAddress> ordered(List<InetAddress> found) {
        if (System.getProperty("java.net.preferIPv6Addresses") != null) {
            return found;
        }
        List<InetAddress> sixFirst = new ArrayList<>(found);
        sixFirst.sort(Comparator.comparing(address -> address instanceof Inet4Address)); // stable
        return List.copyOf(sixFirst);
    }

    /** Through a copy: an address keeps for ever what it was once told, also that it has no name. */
    private static String reverse(InetAddress address) throws UnknownHostException {
        return HostAddresses.withoutName(address).getCanonicalHostName();
    }
}
