package dev.matryoshka.tls;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.transport.Transport;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a handshake, and how its outcome is told: to the flight recorder, and to a future, or where nobody waits, as on a server, to the log. At a
 * low level: every port scanner makes a handshake fail. Loop thread only, but for what the owner of the future does with it.
 */
final class HandshakeWait {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.tls");

    private final @Nullable CompletableFuture<TlsTransport> future;

    /** While somebody records and there is no outcome. */
    private @Nullable TlsHandshakeEvent event;

    HandshakeWait(@Nullable CompletableFuture<TlsTransport> future) {
        this.future = future;
    }

    /** Runs an action on the loop when the wait has ended in any way; perhaps another thread has ended it. */
    void whenEnded(LoopEngine engine, Runnable action) {
        if (future != null) {
            future.whenComplete((transport, failure) -> runOn(engine, action));
        }
    }

    private static void runOn(LoopEngine engine, Runnable action) {
        if (engine.isLoopThread()) {
            action.run();
            return;
        }
        try {
            engine.callSoonThreadsafe(action);
        } catch (LoopClosedException closed) {
            // The loop has ended what was on its way.
            return;
        }
    }

    /** The handshake begins. */
    void begin() {
        event = TlsHandshakeEvent.started();
    }

    /** Whether its owner has ended the wait. */
    boolean isGivenUp() {
        return future != null && future.isDone();
    }

    /** False when the owner has ended the wait meanwhile. */
    boolean succeed(TlsTransport transport) {
        TlsHandshakeEvent recorded = event;
        event = null;
        if (recorded != null) {
            recorded.succeeded(transport);
        }
        return future == null || future.complete(transport);
    }

    void fail(Throwable why, Transport lower) {
        TlsHandshakeEvent recorded = event;
        event = null;
        if (recorded != null) {
            recorded.failed(why, lower);
        }
        if (future != null) {
            future.completeExceptionally(why);
        } else if (LOG.isLoggable(System.Logger.Level.DEBUG)) {
            LOG.log(System.Logger.Level.DEBUG, "TLS handshake failed on " + lower, why);
        }
    }
}
