package dev.matryoshka.resolve;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Looks names up (asyncio's {@code getaddrinfo}, without ports and flags). Pluggable for a loop ({@link Resolvers#set}) and for
 * one connection ({@code ConnectOptions.withResolver}): a resolver of yours may cache, ask another server, or answer from a
 * table. Must be callable from any thread, and return at once.
 */
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

    /**
     * Starts a reverse look-up and returns at once (asyncio's {@code getnameinfo}, without ports and flags). Asks the system,
     * unless overridden.
     *
     * @return completes, on any thread, with the name of the address, or with the address as text when it has none; cancelling
     *     it gives up at once
     */
    default CompletableFuture<String> nameOf(InetAddress address) {
        return SystemResolver.shared().nameOf(address);
    }
}
