package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.resolve.Lookup;
import dev.matryoshka.resolve.SystemResolver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One {@code createConnection} on its way: look-up, connect, protocol. Loop thread only, but for what the caller does with
 * the future.
 *
 * <p>Whoever ends the future early (cancel, from the loop or from elsewhere; a timeout of the JDK) ends the step that is under
 * way with it. Not a chain of {@code thenCompose}: cancelling a link of such a chain does not reach the link before it,
 * and the connection would be made for nobody, and stay open.
 */
final class Attempt<P extends BaseProtocol> {
    private final LoopEngine engine;
    private final Supplier<P> factory;
    private final int port;
    private final ConnectOptions options;
    private final CompletableFuture<Connection<P>> made = new CompletableFuture<>();

    /** What is under way. */
    private @Nullable CompletableFuture<?> step;

    Attempt(LoopEngine engine, Supplier<P> factory, int port, ConnectOptions options) {
        this.engine = engine;
        this.factory = factory;
        this.port = port;
        this.options = options;
    }

    /** Completes on the loop, after connectionMade. */
    CompletableFuture<Connection<P>> start(String host) {
        made.whenComplete((connection, failure) -> {
            if (failure != null) {
                giveUp();
            }
        });
        follow(Lookup.start(engine.face(), SystemResolver.shared(), host), this::connect);
        return made;
    }

    private void giveUp() {
        if (engine.isLoopThread()) {
            dropStep();
            return;
        }
        try {
            engine.callSoonThreadsafe(this::dropStep);
        } catch (LoopClosedException closed) {
            // The loop has dropped everything that was on its way.
            return;
        }
    }

    private void dropStep() {
        if (step != null) {
            step.cancel(true);
        }
    }

    private <T> void follow(CompletableFuture<T> next, Consumer<T> then) {
        step = next;
        next.whenComplete((value, failure) -> {
            if (failure != null) {
                made.completeExceptionally(unwrapped(failure));
            } else {
                then.accept(value);
            }
        });
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    private void connect(List<InetAddress> found) {
        if (made.isDone()) {
            return;
        }
        List<InetSocketAddress> targets = new ArrayList<>(found.size());
        for (InetAddress address : found) {
            targets.add(new InetSocketAddress(address, port));
        }
        follow(Connector.connect(engine, targets, options.localAddress()), this::make);
    }

    /** Protocol and transport for a connected socket. */
    private void make(NonBlockingSocket socket) {
        if (made.isDone()) {
            socket.close();
            return;
        }
        try {
            P protocol = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
            SocketTransport transport = new SocketTransport(engine, socket, protocol, options.writeLimits(), null);
            engine.callSoon(() -> begin(transport, protocol));
        } catch (Throwable failed) {
            socket.close();
            made.completeExceptionally(failed);
        }
    }

    private void begin(SocketTransport transport, P protocol) {
        if (made.isDone()) {
            transport.abort();
        } else if (!transport.begin()) {
            made.completeExceptionally(new ClosedChannelException());
        } else if (!made.complete(new Connection<>(transport, protocol))) {
            transport.abort(); // given up from another thread meanwhile
        }
    }
}
