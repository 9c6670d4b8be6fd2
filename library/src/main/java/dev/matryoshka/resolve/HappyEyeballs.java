package dev.matryoshka.resolve;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * In which order the addresses of a host are tried, and how long one may stay silent before the next one is tried beside it
 * (RFC 8305, Happy Eyeballs version 2). Immutable.
 *
 * <p>asyncio has it switched off, here it is on: a host with one dead address costs its users a quarter of a second, not the two
 * minutes after which Linux gives a connect up.
 *
 * @param delay how long one attempt has for itself before the next one starts; one that fails lets the next one start at once.
 *     10 ms to 60 s (RFC 8305, section 8, recommends 250 ms and forbids less than 10 ms); null: each has until it fails
 * @param firstFamilyCount how many addresses of the first family stand at the front before the families take turns; 0 leaves
 *     the order as it is (asyncio's {@code interleave})
 */
public record HappyEyeballs(@Nullable Duration delay, int firstFamilyCount) {
    private static final Duration DELAY_MIN = Duration.ofMillis(10);

    /** More would only hide that it is switched off. */
    private static final Duration DELAY_MAX = Duration.ofSeconds(60);

    /** 250 ms, and the families take turns from the first address on: what RFC 8305 recommends. */
    public static final HappyEyeballs ON = new HappyEyeballs(Duration.ofMillis(250), 1);

    /** One after another, in the order of the resolver. */
    public static final HappyEyeballs OFF = new HappyEyeballs(null, 0);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException one is out of its range
     */
    public HappyEyeballs {
        if (delay != null && (delay.compareTo(DELAY_MIN) < 0 || delay.compareTo(DELAY_MAX) > 0)) {
            throw new IllegalArgumentException(
                    "happyEyeballsDelay out of range " + DELAY_MIN + " to " + DELAY_MAX + ": " + delay);
        }
        if (firstFamilyCount < 0) {
            throw new IllegalArgumentException("firstFamilyCount < 0: " + firstFamilyCount);
        }
    }

    /**
     * Addresses in the order to try them; the same one twice is tried once.
     *
     * @param addresses resolved, in the resolver's order; the first one's family goes first
     */
    public List<InetSocketAddress> order(List<InetSocketAddress> addresses) {
        Set<Place> seen = new HashSet<>();
        List<InetSocketAddress> distinct = addresses.stream()
                .filter(address -> seen.add(new Place(address, HostAddresses.scope(address.getAddress()))))
                .toList();
        return firstFamilyCount == 0 ? distinct : interleaved(distinct);
    }

    /** Inet6Address.equals() does not look at the scope. */
    private record Place(InetSocketAddress address, int scope) {}

    private List<InetSocketAddress> interleaved(List<InetSocketAddress> addresses) {
        Map<Object, Deque<InetSocketAddress>> families = new LinkedHashMap<>(); // in the order of their first addresses
        for (InetSocketAddress address : addresses) {
            families.computeIfAbsent(
                            HostAddresses.family(Objects.requireNonNull(address.getAddress())),
                            family -> new ArrayDeque<>())
                    .add(address);
        }
        List<InetSocketAddress> ordered = new ArrayList<>(addresses.size());
        if (!addresses.isEmpty()) {
            Deque<InetSocketAddress> first = families.values().iterator().next();
            for (int i = 1; i < firstFamilyCount && !first.isEmpty(); i++) {
                takeTurn(first, ordered); // the last of them takes its turn like the others
            }
        }
        while (ordered.size() < addresses.size()) {
            families.values().forEach(family -> takeTurn(family, ordered));
        }
        return List.copyOf(ordered);
    }

    private static void takeTurn(Deque<InetSocketAddress> family, List<InetSocketAddress> ordered) {
        InetSocketAddress next = family.poll();
        if (next != null) {
            ordered.add(next);
        }
    }
}
