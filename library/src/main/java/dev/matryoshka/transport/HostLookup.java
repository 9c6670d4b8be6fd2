package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.resolve.Lookup;
import dev.matryoshka.resolve.Resolvers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that a server's hosts stand for. Names are looked up off the loop, all at the same time; the answers keep the
 * order of the hosts, and an address that comes twice is there once (asyncio puts them into a set, and loses the order).
 *
 * <p>Loop thread. Parks for a name, so a task must call then; before the loop runs it blocks the caller, who has nothing else to
 * carry.
 */
final class HostLookup {
    private static final InetAddress EVERY_4 = InetAddress.ofLiteral("0.0.0.0");
    private static final InetAddress EVERY_6 = InetAddress.ofLiteral("::");

    private final LoopEngine engine;
    private final List<String> hosts;
    private final boolean fromOutside;

    HostLookup(LoopEngine engine, List<String> hosts) {
        this(engine, hosts, false);
    }

    private HostLookup(LoopEngine engine, List<String> hosts, boolean fromOutside) {
        this.engine = engine;
        this.hosts = hosts;
        this.fromOutside = fromOutside;
    }

    /** For a thread that is none of the loop's, and may be blocked. */
    static HostLookup fromOutside(LoopEngine engine, List<String> hosts) {
        return new HostLookup(engine, hosts, true);
    }

    /**
     * Looks all of them up; the first failure ends the others.
     *
     * @param only INET or INET6 to leave the others out, or null
     * @throws java.net.UnknownHostException a name has no address
     */
    List<InetAddress> addresses(@Nullable StandardProtocolFamily only) throws IOException {
        List<CompletableFuture<List<InetAddress>>> lookups = new ArrayList<>(hosts.size());
        List<InetAddress> found = new ArrayList<>();
        try {
            for (String host : hosts) {
                lookups.add(start(host));
            }
            for (int i = 0; i < lookups.size(); i++) {
                found.addAll(await(lookups.get(i), hosts.get(i)));
            }
        } finally {
            lookups.forEach(lookup -> lookup.cancel(true));
        }
        found.removeIf(address -> only != null && only != HostAddresses.family(address));
        return HostAddresses.distinct(found);
    }

    private CompletableFuture<List<InetAddress>> start(String host) {
        if (host.isEmpty()) {
            return CompletableFuture.completedFuture(List.of(EVERY_6, EVERY_4));
        }
        InetAddress literal = HostAddresses.literal(host);
        if (literal != null) {
            return CompletableFuture.completedFuture(List.of(literal));
        }
        if (engine.isRunning() && !fromOutside) {
            engine.members().requireTask("looking up '" + host + "'");
            return Lookup.start(engine.face(), Resolvers.of(engine.face()), host);
        }
        return Resolvers.of(engine.face()).resolve(host);
    }

    private static List<InetAddress> await(CompletableFuture<List<InetAddress>> lookup, String host)
            throws IOException {
        try {
            return lookup.get();
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("cancelled while looking up '" + host + "'");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof IOException unknown) {
                throw unknown;
            }
            throw new IOException("cannot look up '" + host + "'", failed.getCause());
        }
    }
}
