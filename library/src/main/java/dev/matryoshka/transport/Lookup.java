package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.resolve.SystemResolver;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Brings a resolver's answer onto the loop. Loop thread. */
final class Lookup {
    private Lookup() {}

    /** A literal is answered at once; a name completes on the loop. Cancelling gives up at once. */
    static CompletableFuture<List<InetAddress>> start(Loop loop, String host) {
        InetAddress literal = HostAddresses.literal(host);
        if (literal != null) {
            return CompletableFuture.completedFuture(List.of(literal));
        }
        LoopEngine engine = Engines.of(loop);
        CompletableFuture<List<InetAddress>> onLoop = new CompletableFuture<>();
        CompletableFuture<List<InetAddress>> lookup = SystemResolver.shared().resolve(host);
        engine.kernel().holdTime();
        lookup.whenComplete((found, failure) -> {
            try {
                engine.callSoonThreadsafe(() -> {
                    if (failure != null) {
                        onLoop.completeExceptionally(failure);
                    } else {
                        onLoop.complete(found);
                    }
                });
            } catch (LoopClosedException gone) {
                onLoop.completeExceptionally(gone);
            } finally {
                engine.kernel().releaseTime();
            }
        });
        onLoop.whenComplete((found, failure) -> lookup.cancel(true));
        return onLoop;
    }

    /**
     * The addresses now: parks a task; blocks the caller of a loop that does not run yet.
     *
     * @throws IllegalStateException in a callback of a running loop, for a name
     */
    static List<InetAddress> now(Loop loop, String host) throws IOException {
        InetAddress literal = HostAddresses.literal(host);
        if (literal != null) {
            return List.of(literal);
        }
        LoopEngine engine = Engines.of(loop);
        CompletableFuture<List<InetAddress>> lookup;
        if (engine.isRunning()) {
            engine.members().requireTask("looking up '" + host + "'");
            lookup = start(loop, host);
        } else {
            lookup = SystemResolver.shared().resolve(host);
        }
        try {
            return lookup.get();
        } catch (InterruptedException cancelled) {
            lookup.cancel(true);
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
