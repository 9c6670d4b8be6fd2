package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Steps;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.resolve.Lookup;
import dev.matryoshka.resolve.Resolver;
import dev.matryoshka.resolve.Resolvers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One {@code createConnection} on its way. Loop thread only, but for what the caller does with the future.
 *
 * <pre>
 *   host ── Lookup ──▶ addresses ── Race ──▶ connected socket ── Assembly ──▶ Connection
 *   └───────────────── timeout ──────────────────────────────┘
 * </pre>
 */
final class Connector<P extends BaseProtocol> {
    private final LoopEngine engine;
    private final Supplier<P> factory;
    private final ConnectOptions options;
    private final Steps<Connection<P>> steps;

    /** Where to, for messages. */
    private final String where;

    private @Nullable Race race;

    Connector(LoopEngine engine, Supplier<P> factory, String where, ConnectOptions options) {
        this.engine = engine;
        this.factory = Objects.requireNonNull(factory, "factory");
        this.options = Objects.requireNonNull(options, "options");
        this.where = where;
        this.steps = new Steps<>(engine);
        if (options.timeout() != null) {
            steps.limit(options.timeout(), this::late);
        }
    }

    /** Completes on the loop, after connectionMade; also when a step fails at once. */
    CompletableFuture<Connection<P>> toHost(String host, int port) {
        Resolver own = options.route().resolver();
        Resolver resolver = own != null ? own : Resolvers.of(engine.face());
        steps.follow(Lookup.start(engine.face(), resolver, host), found -> toFound(host, port, found));
        return steps.whole();
    }

    private void toFound(String host, int port, List<InetAddress> found) {
        try {
            race(HostAddresses.withPort(
                    HostAddresses.ofFamily(host, found, options.route().family()), port));
        } catch (UnknownHostException noneOfTheFamily) {
            steps.fail(noneOfTheFamily);
        }
    }

    /** To one of several addresses that were looked up before. */
    CompletableFuture<Connection<P>> toAny(List<InetSocketAddress> addresses) {
        race(addresses);
        return steps.whole();
    }

    /** To a Unix address. */
    CompletableFuture<Connection<P>> toUnix(SocketAddress address) {
        run(List.of(address));
        return steps.whole();
    }

    /** On a connected socket, which is this one's from here on. */
    static <P extends BaseProtocol> CompletableFuture<Connection<P>> over(
            LoopEngine engine, NonBlockingSocket socket, Supplier<P> factory, ConnectOptions options)
            throws IOException {
        try {
            ClientSocket.setOptions(
                    socket, ClientSocket.family(Objects.requireNonNull(socket.remoteAddress())), options);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
        return Assembly.begin(engine, socket, factory, options.writeLimits());
    }

    private void race(List<InetSocketAddress> addresses) {
        run(options.happyEyeballs().order(addresses));
    }

    private void run(List<? extends SocketAddress> ordered) {
        if (!steps.isDone()) {
            Race started = Race.start(engine, ordered, options);
            race = started;
            steps.follow(started.result(), this::assemble);
        }
    }

    private void assemble(NonBlockingSocket socket) {
        if (steps.isDone()) {
            socket.close();
            return;
        }
        steps.follow(Assembly.begin(engine, socket, factory, options.writeLimits()), made -> {
            if (!steps.complete(made)) {
                made.transport().abort(); // given up from another thread meanwhile
            }
        });
    }

    /** The JDK's exception for it, as of {@link java.net.Socket#connect(SocketAddress, int)}. */
    private SocketTimeoutException late() {
        SocketTimeoutException late =
                new SocketTimeoutException("connect to " + where + ": timed out after " + options.timeout());
        if (race != null) {
            race.failures().forEach(late::addSuppressed);
        }
        return late;
    }
}
