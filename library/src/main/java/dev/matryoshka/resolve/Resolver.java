package dev.matryoshka.resolve;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Looks names up (asyncio's {@code getaddrinfo}). Any thread. Pluggable. */
@FunctionalInterface
public interface Resolver {
    /**
     * Starts a look-up and returns at once.
     *
     * @param host a name; literals are answered before anybody asks a resolver
     * @return completes, on any thread, with at least one address in the order to try them, or with
     *     {@link java.net.UnknownHostException}; cancelling it gives up at once, whatever the look-up itself does
     */
    CompletableFuture<List<InetAddress>> resolve(String host);
}
