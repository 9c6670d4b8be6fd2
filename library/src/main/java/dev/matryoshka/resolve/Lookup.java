package dev.matryoshka.resolve;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
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
        return onLoop(loop, () -> resolver.resolve(host), found -> {
            if (found == null || found.isEmpty()) {
                throw new UnknownHostException(host + ": the resolver found no address");
            }
            return found;
        });
    }

    /** As {@link #start}, the other way round: the name of an address, or the address as text when it has none. */
    public static CompletableFuture<String> startReverse(Loop loop, Resolver resolver, InetAddress address) {
        return onLoop(loop, () -> resolver.nameOf(address), name -> name != null ? name : address.getHostAddress());
    }

    /** Looks at what a resolver of the user's answered. */
    @FunctionalInterface
    private interface Check<T> {
        T checked(@Nullable T answer) throws UnknownHostException;
    }

    private static <T> CompletableFuture<T> onLoop(Loop loop, Supplier<CompletableFuture<T>> question, Check<T> check) {
        LoopEngine engine = Engines.of(loop);
        engine.kernel().holdTime(); // first: a task that asks may have to wait for a lock of the resolver
        CompletableFuture<T> asked;
        try {
            asked = Objects.requireNonNull(question.get(), "the resolver returned null");
        } catch (Throwable broken) {
            engine.kernel().releaseTime();
            return CompletableFuture.failedFuture(broken);
        }
        CompletableFuture<T> onLoop = new CompletableFuture<>();
        asked.whenComplete((answer, failure) -> {
            try {
                engine.callSoonThreadsafe(() -> complete(onLoop, answer, failure, check));
            } catch (LoopClosedException gone) {
                onLoop.completeExceptionally(gone);
            } finally {
                engine.kernel().releaseTime();
            }
        });
        onLoop.whenComplete((answer, failure) -> asked.cancel(true));
        return onLoop;
    }

    private static <T> void complete(
            CompletableFuture<T> onLoop, @Nullable T answer, @Nullable Throwable failure, Check<T> check) {
        try {
            if (failure != null) {
                onLoop.completeExceptionally(failure);
            } else {
                onLoop.complete(check.checked(answer));
            }
        } catch (UnknownHostException none) {
            onLoop.completeExceptionally(none);
        }
    }
}
