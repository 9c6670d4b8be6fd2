package dev.matryoshka.resolve;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Looks a host up for a loop (asyncio's {@code loop.getaddrinfo}): a resolver's answer, brought onto the loop's thread. */
public final class Lookup {
    private Lookup() {}

    /**
     * Starts a look-up. Any thread; never parks.
     *
     * @param host a literal, which is answered at once and reaches no resolver, or a name
     * @return completes on the loop, so that dependents run there, with at least one address or with
     *     {@link UnknownHostException}; once the loop is closed it fails with {@link LoopClosedException}, wherever. Cancelling
     *     it gives up at once
     */
    public static CompletableFuture<List<InetAddress>> start(Loop loop, Resolver resolver, String host) {
        InetAddress literal = HostAddresses.literal(host);
        if (literal != null) {
            return CompletableFuture.completedFuture(List.of(literal));
        }
        LoopEngine engine = Engines.of(loop);
        CompletableFuture<List<InetAddress>> asked = resolver.resolve(host);
        CompletableFuture<List<InetAddress>> onLoop = new CompletableFuture<>();
        engine.kernel().holdTime();
        asked.whenComplete((found, failure) -> {
            try {
                engine.callSoonThreadsafe(() -> complete(onLoop, host, found, failure));
            } catch (LoopClosedException gone) {
                onLoop.completeExceptionally(gone);
            } finally {
                engine.kernel().releaseTime();
            }
        });
        onLoop.whenComplete((found, failure) -> asked.cancel(true));
        return onLoop;
    }

    private static void complete(
            CompletableFuture<List<InetAddress>> onLoop,
            String host,
            @Nullable List<InetAddress> found,
            @Nullable Throwable failure) {
        if (failure != null) {
            onLoop.completeExceptionally(failure);
        } else if (found == null || found.isEmpty()) {
            onLoop.completeExceptionally(new UnknownHostException(host + ": the resolver found no address"));
        } else {
            onLoop.complete(found);
        }
    }
}
