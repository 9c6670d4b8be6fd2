package dev.matryoshka.tls;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Connection;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection on its way to be a TLS one: connect below, handshake, done. Who ends the future early ends the step that is
 * under way, as {@code createConnectionAsync} of plain transports does, and nothing stays open. Loop thread only.
 */
final class Securing<P extends BaseProtocol> {
    private final LoopEngine engine;
    private final CompletableFuture<Connection<P>> made = new CompletableFuture<>();

    /** Connecting, while that is under way. */
    private @Nullable CompletableFuture<?> connecting;

    /** Below which the handshake is under way. */
    private @Nullable Connection<TlsLayer> below;

    private @Nullable P protocol;

    Securing(LoopEngine engine) {
        this.engine = engine;
    }

    /**
     * @param connect given a factory of what is to be connected, starts to
     * @param secure makes the layer for a protocol
     */
    CompletableFuture<Connection<P>> start(
            Function<Supplier<TlsLayer>, CompletableFuture<Connection<TlsLayer>>> connect,
            Supplier<P> factory,
            Function<P, TlsLayer> secure) {
        made.whenComplete((connection, failure) -> {
            if (failure != null) {
                giveUp();
            }
        });
        CompletableFuture<Connection<TlsLayer>> step = connect.apply(() -> layer(factory, secure));
        connecting = step;
        step.whenComplete((connection, failure) -> {
            if (failure != null) {
                made.completeExceptionally(unwrapped(failure));
            } else {
                shakeHands(connection);
            }
        });
        return made;
    }

    private TlsLayer layer(Supplier<P> factory, Function<P, TlsLayer> secure) {
        P fresh = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
        protocol = fresh;
        return secure.apply(fresh);
    }

    private void shakeHands(Connection<TlsLayer> connection) {
        below = connection;
        if (made.isDone()) {
            connection.transport().abort();
            return;
        }
        connection.protocol().handshake().whenComplete((transport, failure) -> {
            if (failure != null) {
                made.completeExceptionally(unwrapped(failure));
            } else if (!made.complete(new Connection<>(transport, Objects.requireNonNull(protocol)))) {
                transport.abort(); // given up from another thread meanwhile
            }
        });
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    private void giveUp() {
        if (engine.isLoopThread()) {
            drop();
            return;
        }
        try {
            engine.callSoonThreadsafe(this::drop);
        } catch (LoopClosedException closed) {
            // The loop has dropped everything that was on its way.
            return;
        }
    }

    /** A handshake that has failed by itself is ending already, with an alert that abort would cut off. */
    private void drop() {
        if (below != null) {
            if (!below.protocol().handshake().isCompletedExceptionally()) {
                below.transport().abort();
            }
        } else if (connecting != null) {
            connecting.cancel(true);
        }
    }
}
