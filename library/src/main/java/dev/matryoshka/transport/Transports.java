package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes servers and connections with protocols (asyncio's {@code loop.create_server}, {@code loop.create_connection}). */
public final class Transports {
    private Transports() {}

    /**
     * Listens, and makes a protocol per connection. Loop thread; parks only to look a name up, and only in a task: literals
     * need no look-up, and before the loop runs the look-up blocks the caller.
     *
     * @param factory called once per connection
     * @param host a literal, a name (one listener per address), or null or empty for every interface of both families
     * @param port 0 to 65535; 0 lets the system choose, one port per listener
     * @return serving already, unless the options say otherwise
     * @throws java.net.BindException an address is in use or forbidden, or none is ours (with several, those that are not ours
     *     are skipped); nothing is left bound
     * @throws java.net.UnknownHostException the name has no address
     */
    public static Server createServer(
            Loop loop, Supplier<? extends BaseProtocol> factory, @Nullable String host, int port, ServerOptions options)
            throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(factory, "factory");
        HostAddresses.checkPort(port);
        SocketServer server = new SocketServer(engine, factory, options);
        try {
            Binding binding = new Binding(engine, options, server);
            if (host == null || host.isEmpty()) {
                binding.bindWildcards(port);
            } else {
                binding.bindHost(host, port);
            }
            if (options.accepting().startServing()) {
                server.listen();
            }
        } catch (IOException | RuntimeException failed) {
            server.close();
            throw failed;
        }
        return server;
    }

    /**
     * Connects, and parks until {@code connectionMade} has run. Tries the addresses of a name one after another.
     *
     * @param port 1 to 65535
     * @throws java.net.ConnectException none could be reached; with several addresses the later failures are suppressed onto
     *     the first
     * @throws java.net.UnknownHostException the name has no address
     * @throws InterruptedException the task was cancelled; nothing is left open
     */
    @Parks
    public static <P extends BaseProtocol> Connection<P> createConnection(
            Loop loop, Supplier<P> factory, String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(loop);
        engine.members().requireTask("createConnection");
        CompletableFuture<Connection<P>> future = createConnectionAsync(loop, factory, host, port, options);
        try {
            return future.get();
        } catch (InterruptedException cancelled) {
            if (!future.cancel(true) && !future.isCompletedExceptionally()) {
                future.join().transport().abort();
            }
            throw cancelled;
        } catch (ExecutionException failed) {
            throw rethrow(failed.getCause());
        }
    }

    private static IOException rethrow(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException failure ? failure : new IOException(cause);
    }

    /**
     * As {@link #createConnection} for callbacks and for JVMs without tasks: never parks. The future completes on the loop,
     * after {@code connectionMade}. Cancelling it gives the attempt up, and closes what is open of it; so does completing it
     * otherwise, from any thread, as {@link CompletableFuture#orTimeout} does.
     */
    public static <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Loop loop, Supplier<P> factory, String host, int port, ConnectOptions options) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(factory, "factory");
        Objects.requireNonNull(options, "options");
        HostAddresses.checkPort(port);
        return new Attempt<>(engine, factory, port, options).start(host);
    }
}
