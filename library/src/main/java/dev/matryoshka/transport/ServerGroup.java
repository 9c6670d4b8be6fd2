package dev.matryoshka.transport;

import dev.matryoshka.engine.CurrentLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.resolve.HostAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One server on several loops that share its addresses; each connection belongs to one of them for its whole life. Any thread but
 * those of its loops for what blocks: opening and {@link #drain}. The loops run already.
 *
 * <pre>
 *   LEAST_CONNECTIONS   listener ─▶ loop 0 ─┬─▶ loop 0      KERNEL   listener 0 ─▶ loop 0
 *                                           ├─▶ loop 1               listener 1 ─▶ loop 1
 *                                           └─▶ loop 2               listener 2 ─▶ loop 2
 * </pre>
 */
public final class ServerGroup implements AutoCloseable {
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private final List<Share> shares;
    private volatile List<SocketAddress> addresses = List.of();

    /** close or drain was called. */
    private volatile boolean closed;

    private ServerGroup(List<Share> shares) {
        this.shares = shares;
    }

    /**
     * Listens on hosts. Blocks the caller until every loop serves.
     *
     * @param loops at least one, running, all of one kind of kernel
     * @param factories for each loop the factory that makes its protocols, on its thread
     * @param hosts as for {@link Transports#createServer(Loop, Supplier, List, int, ServerOptions)}
     * @param port 0 to 65535; 0 lets the system choose, the same one for all loops
     * @param options a limit of connections holds for each loop
     * @throws IOException as there; nothing is left bound
     * @throws IllegalStateException called on a loop, which would be blocked
     * @throws InterruptedException nothing is left bound
     */
    public static ServerGroup open(
            List<? extends Loop> loops,
            Function<? super Loop, ? extends Supplier<? extends BaseProtocol>> factories,
            List<String> hosts,
            int port,
            ServerOptions options,
            Spread spread)
            throws IOException, InterruptedException {
        HostAddresses.checkPort(port);
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("no host to listen on");
        }
        ServerGroup group = of(loops);
        List<InetSocketAddress> targets = new ArrayList<>();
        for (InetAddress address : HostLookup.fromOutside(group.first().engine, hosts)
                .addresses(options.sockets().family())) {
            targets.add(new InetSocketAddress(address, port));
        }
        Binder<List<? extends SocketAddress>> binder =
                (engine, server, wanted, with) -> new Binding(engine, with, server).bindAll(wanted);
        boolean byKernel = spread == Spread.KERNEL;
        return group.start(
                factories, options.withReusePort(byKernel || options.sockets().reusePort()), byKernel, targets, binder);
    }

    /**
     * Listens on a Unix socket, with {@link Spread#LEAST_CONNECTIONS}: Unix sockets know no other. Blocks the caller until every loop
     * serves. As {@link #open} and {@link Transports#createUnixServer}.
     */
    public static ServerGroup openUnix(
            List<? extends Loop> loops,
            Function<? super Loop, ? extends Supplier<? extends BaseProtocol>> factories,
            SocketAddress address,
            ServerOptions options)
            throws IOException, InterruptedException {
        Objects.requireNonNull(address, "address");
        Binder<List<? extends SocketAddress>> binder =
                (engine, server, wanted, with) -> new UnixBinding(engine, with, wanted.getFirst()).bind(server);
        return of(loops).start(factories, options, false, List.of(address), binder);
    }

    private static ServerGroup of(List<? extends Loop> loops) {
        if (loops.isEmpty()) {
            throw new IllegalArgumentException("no loop to serve on");
        }
        requireOutside("open");
        return new ServerGroup(
                loops.stream().map(loop -> new Share(Engines.of(loop))).toList());
    }

    /** Gives the server of one loop its listeners. */
    private interface Binder<A> {
        void bind(LoopEngine engine, SocketServer server, A addresses, ServerOptions options) throws IOException;
    }

    private ServerGroup start(
            Function<? super Loop, ? extends Supplier<? extends BaseProtocol>> factories,
            ServerOptions options,
            boolean byKernel,
            List<? extends SocketAddress> targets,
            Binder<List<? extends SocketAddress>> binder)
            throws IOException, InterruptedException {
        Distributor distributor =
                byKernel ? null : new Distributor(shares, options.accepting().maxConnections());
        ServerOptions later = options.withStartServing(false);
        try {
            for (Share share : shares) {
                boolean listens = byKernel || share == first();
                List<? extends SocketAddress> wanted = share == first() ? targets : addresses;
                SocketAddress[] bound = on(share, () -> {
                    SocketServer server = SocketServer.open(
                            share.engine, factories.apply(share.engine.face()), later, (engine, opened) -> {
                                share.attach(opened, distributor);
                                opened.join(share, share == first() ? distributor : null);
                                if (listens) {
                                    binder.bind(engine, opened, wanted, later);
                                }
                            });
                    return server.addresses().toArray(SocketAddress[]::new);
                });
                if (share == first()) {
                    addresses = List.of(bound);
                }
            }
            if (options.accepting().startServing()) {
                startServing();
            }
            return this;
        } catch (IOException | RuntimeException | InterruptedException failed) {
            close();
            throw failed;
        }
    }

    private Share first() {
        return shares.getFirst();
    }

    /** Starts to accept on every loop, the accepting one last; for options that did not. Blocks the caller. Idempotent. */
    public void startServing() throws IOException, InterruptedException {
        requireOutside("startServing");
        for (Share share : shares.reversed()) {
            boolean ignored = on(share, () -> {
                share.server().listen();
                return true;
            });
        }
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    /** Where it listens, the same on all loops; what it was after close. Any thread. */
    public List<SocketAddress> addresses() {
        return addresses;
    }

    /** The port of the first address, 0 without one. Any thread. */
    public int port() {
        return !addresses.isEmpty() && addresses.getFirst() instanceof InetSocketAddress first ? first.getPort() : 0;
    }

    /** How many connections each loop has, those on their way to it included, in the order of the loops. Any thread. */
    public List<Integer> connectionCounts() {
        return shares.stream().map(Share::connections).toList();
    }

    /** How many connections there are in all. Any thread. */
    public int connections() {
        return shares.stream().mapToInt(Share::connections).sum();
    }

    /** Whether it was closed and its last connection has gone. Any thread. */
    public boolean isOver() {
        return closed && connections() == 0;
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    /** Stops listening. Any thread; it does not wait, so a loop may still accept what came a moment ago. Idempotent. */
    @Override
    public void close() {
        closed = true;
        tell(SocketServer::close);
    }

    /** Closes every connection, as {@link Server#closeClients()}. Any thread; does not wait. */
    public void closeClients() {
        tell(SocketServer::closeClients);
    }

    /** Aborts every connection, as {@link Server#abortClients()}. Any thread; does not wait. */
    public void abortClients() {
        tell(SocketServer::abortClients);
    }

    private void tell(Consumer<SocketServer> order) {
        for (Share share : shares) {
            try {
                share.engine.callSoonThreadsafe(() -> {
                    if (share.isAttached()) {
                        order.accept(share.server());
                    }
                });
            } catch (LoopClosedException gone) {
                // everything of that loop has ended with it
                continue;
            }
        }
    }

    /** As {@link #drain(Duration, Duration)} with five seconds for the flush. */
    public DrainReport drain(Duration finish) throws InterruptedException {
        return drain(finish, FLUSH);
    }

    /**
     * Ends it gracefully on every loop at the same time, as {@link Server#drain(Duration, Duration)}; blocks the caller until it is
     * over.
     *
     * @return what happened, summed
     * @throws IllegalStateException called on a loop, which would be blocked
     * @throws InterruptedException it is closed; the connections are as they were
     */
    public DrainReport drain(Duration finish, Duration flush) throws InterruptedException {
        requireOutside("drain");
        CompletableFuture<DrainReport> drained = drainAsync(finish, flush);
        try {
            return drained.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException("a server could not be drained", failed.getCause());
        } finally {
            boolean ignored = drained.cancel(true);
        }
    }

    /** As {@link #drainAsync(Duration, Duration)} with five seconds for the flush. */
    public CompletableFuture<DrainReport> drainAsync(Duration finish) {
        return drainAsync(finish, FLUSH);
    }

    /**
     * As {@link #drain(Duration, Duration)}, without blocking; completes on one of the loops. Cancelling it stops where it is. Any
     * thread, those of the loops too.
     */
    public CompletableFuture<DrainReport> drainAsync(Duration finish, Duration flush) {
        closed = true;
        List<CompletableFuture<DrainReport>> each = new ArrayList<>();
        CompletableFuture<DrainReport> sum = CompletableFuture.completedFuture(DrainReport.none());
        for (Share share : shares) {
            CompletableFuture<DrainReport> drained = new CompletableFuture<>();
            each.add(drained);
            sum = sum.thenCombine(drained, DrainReport::plus);
            try {
                share.engine.callSoonThreadsafe(() -> drain(share, finish, flush, drained));
            } catch (LoopClosedException gone) {
                drained.complete(DrainReport.none());
            }
        }
        sum.whenComplete((_, failure) -> each.forEach(drained -> drained.cancel(true)));
        return sum;
    }

    private static void drain(Share share, Duration finish, Duration flush, CompletableFuture<DrainReport> drained) {
        try {
            follow(share.server().drainAsync(finish, flush), drained);
        } catch (RuntimeException failed) {
            boolean ignored = drained.completeExceptionally(failed);
        }
    }

    /** The outer one ends with the inner one, and takes it along when it is given up. Loop thread. */
    private static void follow(CompletableFuture<DrainReport> inner, CompletableFuture<DrainReport> outer) {
        inner.whenComplete((report, failure) -> {
            if (failure == null) {
                boolean ignored = outer.complete(report);
            } else {
                boolean ignored = outer.completeExceptionally(failure);
            }
        });
        outer.whenComplete((_, failure) -> {
            if (failure != null) {
                boolean ignored = inner.cancel(true);
            }
        });
    }

    // ---- from thread to thread ------------------------------------------------------------------------------------

    private static void requireOutside(String method) {
        Loop here = CurrentLoop.get();
        if (here != null) {
            throw new IllegalStateException(method + " would block event loop '" + here.name()
                    + "': call it from a thread of its own, or by runInExecutor");
        }
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> T on(Share share, Work<T> work) throws IOException, InterruptedException {
        CompletableFuture<T> done = new CompletableFuture<>();
        share.engine.callSoonThreadsafe(() -> {
            try {
                boolean ignored = done.complete(work.run());
            } catch (Throwable failed) {
                boolean ignored = done.completeExceptionally(failed);
            }
        });
        try {
            return done.get();
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case IOException broken -> throw broken;
                case RuntimeException unchecked -> throw unchecked;
                case null, default -> throw new IllegalStateException(failed);
            }
        }
    }

    @Override
    public String toString() {
        return "ServerGroup[" + addresses + ", connections=" + connectionCounts() + "]";
    }
}
