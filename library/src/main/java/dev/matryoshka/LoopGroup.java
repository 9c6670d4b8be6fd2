package dev.matryoshka;

import dev.matryoshka.engine.CurrentLoop;
import dev.matryoshka.engine.PlatformThread;
import dev.matryoshka.inspect.LoopGauges;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.stream.StreamHandler;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.DrainReport;
import dev.matryoshka.transport.ServerGroup;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Spread;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Several loops, each on a platform thread of its own, and servers that they share: for as many cores as there are loops. Any
 * thread; what blocks must not be called on a loop, and says so there.
 *
 * {@snippet :
 * try (LoopGroup group = LoopGroup.open(4)) {
 *     ServerGroup server = group.createServer(EchoProtocol::new, "127.0.0.1", 8888);
 *     quit.await();
 *     group.shutdown(Duration.ofSeconds(10));
 * }
 * }
 *
 * <p>A connection belongs to one loop for its whole life, so its protocol needs no lock; what protocols of several loops share
 * does. The loops are ordinary ones: they end when the group is closed, and the JVM does not end before.
 */
public final class LoopGroup implements AutoCloseable {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<ServerGroup> servers = new CopyOnWriteArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();

    private LoopGroup() {}

    /** How a loop is opened, on its own thread: another way for tests. */
    @FunctionalInterface
    interface Opener {
        EventLoop open(LoopOptions options) throws IOException;
    }

    /** As {@link #open(int, LoopOptions)} with the default options. */
    public static LoopGroup open(int count) {
        return open(count, LoopOptions.defaults());
    }

    /**
     * Opens loops and starts them. Blocks until all are running.
     *
     * @param count at least 1; the number of cores that the work may have is a good one
     * @param options for each; a name gets a number behind it
     * @throws java.io.UncheckedIOException the kernel does not work here; nothing is left running
     */
    public static LoopGroup open(int count, LoopOptions options) {
        return open(count, options, EventLoop::open);
    }

    static LoopGroup open(int count, LoopOptions options, Opener opener) {
        if (count < 1) {
            throw new IllegalArgumentException("count < 1: " + count);
        }
        String prefix = options.name() != null ? options.name() : "group-" + NUMBERS.incrementAndGet();
        LoopGroup group = new LoopGroup();
        try {
            for (int i = 0; i < count; i++) {
                group.start(options.withName(prefix + "-" + i), opener);
            }
        } catch (CompletionException failed) {
            group.close();
            throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
        } catch (RuntimeException | Error failed) { // no thread is to be had, for one
            group.close();
            throw failed;
        }
        return group;
    }

    private void start(LoopOptions options, Opener opener) {
        CompletableFuture<EventLoop> opened = new CompletableFuture<>();
        threads.add(PlatformThread.start("matryoshka-" + options.name(), () -> {
            try (EventLoop loop = opener.open(options)) {
                loop.callSoon(() -> {
                    boolean ignored = opened.complete(loop);
                });
                loop.runForever();
            } catch (Throwable failed) {
                if (!opened.completeExceptionally(failed)) {
                    throw new IllegalStateException("event loop '" + options.name() + "' has failed", failed);
                }
            }
        }));
        loops.add(opened.join());
    }

    // ---- the loops ------------------------------------------------------------------------------------------------

    /** All of them, in order. */
    public List<EventLoop> loops() {
        return List.copyOf(loops);
    }

    /** One after another, round and round. */
    public EventLoop next() {
        return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    /**
     * Starts a task on the next loop; for a certain one ask {@link EventLoop#submit(Callable)}.
     *
     * @throws LoopClosedException the group is closed
     */
    public <T extends @Nullable Object> Task<T> submit(Callable<T> body) {
        return next().submit(body);
    }

    /**
     * One loop of the group.
     *
     * @param loop its own figures; a little old, as they are read from outside
     * @param connections that the group's servers have there
     */
    public record Gauges(LoopGauges loop, int connections) {}

    /** The figures of each loop, in order. */
    public List<Gauges> gauges() {
        List<Gauges> gauges = new ArrayList<>(loops.size());
        for (int i = 0; i < loops.size(); i++) {
            int index = i;
            int connections = servers.stream()
                    .mapToInt(server -> server.connectionCounts().get(index))
                    .sum();
            gauges.add(new Gauges(loops.get(i).gauges(), connections));
        }
        return gauges;
    }

    // ---- servers --------------------------------------------------------------------------------------------------

    /** Serves with protocols on all loops; as {@link #createServer(Supplier, List, int, ServerOptions, Spread)}. */
    public ServerGroup createServer(Supplier<? extends BaseProtocol> factory, String host, int port)
            throws IOException, InterruptedException {
        return createServer(factory, List.of(host), port, ServerOptions.defaults(), Spread.LEAST_CONNECTIONS);
    }

    /**
     * Serves with protocols on all loops. Blocks until they do. See {@link ServerGroup#open}.
     *
     * @param factory called on the loop that will serve the connection ({@link EventLoop#current()}), so by several threads
     */
    public ServerGroup createServer(
            Supplier<? extends BaseProtocol> factory,
            List<String> hosts,
            int port,
            ServerOptions options,
            Spread spread)
            throws IOException, InterruptedException {
        return createServerPerLoop(loop -> factory, hosts, port, options, spread);
    }

    /**
     * Serves on all loops with a factory for each, made on its thread: for what has state per loop, as TLS has,
     * {@code loop -> Tls.serving(loop, Echo::new, tlsOptions)}. Blocks until they serve. See {@link ServerGroup#open}.
     */
    public ServerGroup createServerPerLoop(
            Function<? super Loop, ? extends Supplier<? extends BaseProtocol>> factories,
            List<String> hosts,
            int port,
            ServerOptions options,
            Spread spread)
            throws IOException, InterruptedException {
        return added(ServerGroup.open(loops, factories, hosts, port, options, spread));
    }

    /** Serves with streams on all loops; as {@link #startServer(StreamHandler, List, int, StreamOptions, ServerOptions, Spread)}. */
    public ServerGroup startServer(StreamHandler handler, String host, int port)
            throws IOException, InterruptedException {
        return startServer(
                handler,
                List.of(host),
                port,
                StreamOptions.defaults(),
                ServerOptions.defaults(),
                Spread.LEAST_CONNECTIONS);
    }

    /**
     * Serves with streams on all loops, a task per connection. Blocks until they do. See {@link ServerGroup#open}.
     *
     * @param handler runs on the loop of its connection, so on several threads at the same time
     */
    public ServerGroup startServer(
            StreamHandler handler,
            List<String> hosts,
            int port,
            StreamOptions streamOptions,
            ServerOptions serverOptions,
            Spread spread)
            throws IOException, InterruptedException {
        Function<Loop, Supplier<? extends BaseProtocol>> factories =
                loop -> Streams.serving(loop, handler, streamOptions);
        return added(ServerGroup.open(loops, factories, hosts, port, serverOptions, spread));
    }

    /** Serves with protocols on a Unix socket, on all loops. Blocks until they do. See {@link ServerGroup#openUnix}. */
    public ServerGroup createUnixServer(
            Supplier<? extends BaseProtocol> factory, SocketAddress address, ServerOptions options)
            throws IOException, InterruptedException {
        return added(ServerGroup.openUnix(loops, loop -> factory, address, options));
    }

    /** Whoever opens and ends servers again and again does not collect them here. */
    private ServerGroup added(ServerGroup server) {
        servers.removeIf(ServerGroup::isOver);
        servers.add(server);
        return server;
    }

    /** For tests: how many are kept. */
    int serverCount() {
        return servers.size();
    }

    // ---- the end --------------------------------------------------------------------------------------------------

    /**
     * Ends gracefully: drains every server, see {@link ServerGroup#drain(Duration)}, then closes the group, whatever has happened.
     * Blocks.
     *
     * @return what happened to the connections
     * @throws InterruptedException nothing is waited for any more, and everything is closed
     */
    public DrainReport shutdown(Duration finish) throws InterruptedException {
        try {
            requireOutside("shutdown");
            List<CompletableFuture<DrainReport>> drains = new ArrayList<>();
            for (ServerGroup server : servers) {
                drains.add(server.drainAsync(finish));
            }
            DrainReport sum = DrainReport.none();
            for (CompletableFuture<DrainReport> drained : drains) {
                sum = sum.plus(drained.get());
            }
            return sum;
        } catch (ExecutionException failed) {
            throw new IllegalStateException("a server could not be drained", failed.getCause());
        } finally {
            close();
        }
    }

    /**
     * Stops every loop and closes it on its thread: tasks are cancelled, connections aborted. Blocks until all threads have ended;
     * an interrupt is kept for later. Idempotent.
     *
     * @throws IllegalStateException called on a loop, which would wait for itself
     */
    @Override
    public void close() {
        requireOutside("close");
        loops.forEach(EventLoop::stop);
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void requireOutside(String method) {
        Loop here = CurrentLoop.get();
        if (here != null) {
            throw new IllegalStateException(
                    method + " would block event loop '" + here.name() + "': call it from a thread that is none");
        }
    }

    @Override
    public String toString() {
        return "LoopGroup[" + loops + "]";
    }
}
