package dev.matryoshka.tls;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Steps;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Connection;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One connection on its way to be a TLS one: connect below, shake hands, done. Loop thread only. */
final class Securing<P extends BaseProtocol> {
    private final Supplier<P> factory;
    private final Function<P, TlsLayer> secure;
    private final Steps<Connection<P>> steps;
    private @Nullable P protocol;

    /** @param secure makes the layer below a protocol that the factory made */
    Securing(LoopEngine engine, Supplier<P> factory, Function<P, TlsLayer> secure) {
        this.factory = Objects.requireNonNull(factory, "factory");
        this.secure = secure;
        this.steps = new Steps<>(engine);
    }

    /** Starts to connect what a factory makes, in whichever way. */
    @FunctionalInterface
    interface Connect {
        CompletableFuture<Connection<TlsLayer>> start(Supplier<TlsLayer> layers) throws IOException;
    }

    /** Completes on the loop, after connectionMade. Who ends it early ends what is under way. */
    CompletableFuture<Connection<P>> start(Connect connect) {
        try {
            steps.follow(connect.start(this::layer), this::shakeHands);
        } catch (IOException refused) {
            steps.fail(refused);
        }
        return steps.whole();
    }

    private TlsLayer layer() {
        P fresh = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
        protocol = fresh;
        return secure.apply(fresh);
    }

    private void shakeHands(Connection<TlsLayer> below) {
        if (steps.isDone()) {
            below.transport().abort();
        } else {
            steps.follow(below.protocol().handshake(), this::done);
        }
    }

    private void done(TlsTransport transport) {
        if (!steps.complete(new Connection<>(transport, Objects.requireNonNull(protocol)))) {
            transport.abort(); // given up meanwhile
        }
    }
}
