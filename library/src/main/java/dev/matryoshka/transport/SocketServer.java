package dev.matryoshka.transport;

import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.inspect.ServerSnapshot;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Listeners and their connections (asyncio's {@code base_events.Server}). Loop thread only.
 *
 * <p>Listeners are held while accepting is paused or the limit of connections is reached; {@link #balance()} is called where
 * either can change, which is once per connection and never per message.
 */
final class SocketServer implements Server, Described {
    private final LoopEngine engine;
    private final Supplier<? extends BaseProtocol> factory;
    private final ServerOptions options;
    private final List<Listener> listeners = new ArrayList<>();
    private final ClientList clients = new ClientList(this::left);
    private final @Nullable ConnectionTimeouts timeouts;
    private final List<Waiter> closeWaiters = new ArrayList<>();
    private final Waiter serving = new Waiter(this);
    private boolean started;
    private boolean closed;

    /** The user wants nobody now. */
    private boolean paused;

    /** What the listeners were told last. */
    private boolean held;

    /** In debug mode where it was made. */
    private final @Nullable Origin origin;

    SocketServer(LoopEngine engine, Supplier<? extends BaseProtocol> factory, ServerOptions options) {
        this.engine = engine;
        this.factory = factory;
        this.options = options;
        this.origin = engine.reporter().origin("made here");
        engine.inspector().residents().add(this);
        ServerOptions.Connections limits = options.connections();
        boolean timed =
                !limits.idleTimeout().isZero() || !limits.firstByteTimeout().isZero();
        this.timeouts = timed ? new ConnectionTimeouts(engine, limits) : null;
    }

    /** Gives a new server its listeners. */
    @FunctionalInterface
    interface Binder {
        void bind(LoopEngine engine, SocketServer server) throws IOException;
    }

    /** Makes, binds and, if it is to, starts a server; nothing is left of one that fails. */
    static SocketServer open(
            LoopEngine engine, Supplier<? extends BaseProtocol> factory, ServerOptions options, Binder binder)
            throws IOException {
        engine.checkUsable();
        SocketServer server = new SocketServer(
                engine, Objects.requireNonNull(factory, "factory"), Objects.requireNonNull(options, "options"));
        try {
            binder.bind(engine, server);
            if (options.accepting().startServing()) {
                server.listen();
            }
        } catch (IOException | RuntimeException failed) {
            server.close();
            throw failed;
        }
        return server;
    }

    /** Takes over a socket that somebody else has bound. */
    void adopt(NonBlockingSocket socket, Object face) throws IOException {
        SocketAddress local = socket.localAddress();
        if (local == null || socket.remoteAddress() != null) {
            socket.close();
            throw new IllegalArgumentException("neither bound nor listening, and closed now: " + face);
        }
        try {
            add(socket, UnixBinding.adopted(engine, options, local));
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    /** @param file to be removed when the socket is closed, or null */
    void add(NonBlockingSocket bound, @Nullable UnixSocketFile file) {
        listeners.add(new Listener(engine, bound, file, options.accepting().batch(), this::accepted));
    }

    @Override
    public void startServing() {
        engine.checkUsable();
        if (closed) {
            throw new IllegalStateException("server is closed: " + this);
        }
        try {
            listen();
        } catch (IOException failed) {
            close();
            throw new UncheckedIOException("cannot listen", failed);
        }
    }

    /** As {@link #startServing()} for who can be told by an IOException; the caller closes the server then. */
    void listen() throws IOException {
        if (started) {
            return;
        }
        started = true;
        for (Listener listener : listeners) {
            listener.start(options.backlog());
        }
    }

    /** A fresh connection: from here on every failure closes it, and is told (bug B10 of asyncio). */
    private void accepted(NonBlockingSocket socket) {
        if (!prepare(socket)) {
            socket.close();
            return;
        }
        SocketTransport transport;
        try {
            BaseProtocol protocol = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
            transport = new SocketTransport(engine, socket, protocol, options.writeLimits(), clients);
            if (timeouts != null) {
                timeouts.add(transport);
            }
            balance();
        } catch (Throwable failed) {
            socket.close();
            engine.reporter().report("Error on transport creation for incoming connection", failed, "server", this);
            return;
        }
        engine.callSoon(() -> begin(transport));
    }

    /** False when the peer has reset the connection already: nobody has heard of it yet. */
    private static boolean prepare(NonBlockingSocket socket) {
        try {
            if (socket.remoteAddress() instanceof InetSocketAddress) {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            return true;
        } catch (IOException gone) {
            return false;
        }
    }

    /** Accepted before close, made after it: such a connection ends without its protocol hearing of it (bug B11). */
    private void begin(SocketTransport transport) {
        if (closed) {
            transport.abort();
        } else {
            transport.begin();
        }
    }

    // ---- how many -------------------------------------------------------------------------------------------------

    /** Tells the listeners when it has become another answer. */
    private void balance() {
        boolean full = clients.size() >= options.accepting().maxConnections();
        if ((paused || full) != held) {
            held = !held;
            listeners.forEach(listener -> listener.hold(held));
        }
    }

    private void left(SocketTransport client) {
        if (timeouts != null) {
            timeouts.remove(client);
        }
        balance();
        wakeIfOver();
    }

    @Override
    public void pauseAccepting() {
        engine.checkLoopThread();
        paused = true;
        balance();
    }

    @Override
    public void resumeAccepting() {
        engine.checkLoopThread();
        paused = false;
        balance();
    }

    @Override
    public boolean isAccepting() {
        return isServing() && !held;
    }

    // ---- serving, ending ------------------------------------------------------------------------------------------

    @Override
    @Parks
    public void serveForever() throws InterruptedException {
        engine.members().requireTask("serveForever");
        if (closed) {
            throw new IllegalStateException("server is closed: " + this);
        }
        if (serving.isOccupied()) {
            throw new IllegalStateException("server is already being awaited: " + this);
        }
        startServing();
        try {
            while (!closed) {
                serving.await();
            }
        } catch (InterruptedException cancelled) {
            close();
            closeClients();
            waitClosed();
            throw cancelled;
        }
    }

    @Override
    public void close() {
        engine.checkLoopThread();
        if (closed) {
            return;
        }
        closed = true;
        listeners.forEach(Listener::close);
        serving.signal();
        wakeIfOver();
    }

    private void wakeIfOver() {
        if (isOver()) {
            engine.inspector().residents().remove(this);
            closeWaiters.forEach(Waiter::signal);
        }
    }

    @Override
    @Parks
    public void waitClosed() throws InterruptedException {
        engine.members().requireTask("waitClosed");
        while (!isOver()) {
            awaitOver(Long.MAX_VALUE);
        }
    }

    private boolean isOver() {
        return closed && clients.size() == 0;
    }

    /** Parks until it is over, or the time is; spurious returns may come. */
    @Parks
    private void awaitOver(long nanosMax) throws InterruptedException {
        if (isOver() || nanosMax <= 0) {
            return;
        }
        Waiter waiter = new Waiter(this);
        closeWaiters.add(waiter);
        TimerHandle limit = nanosMax == Long.MAX_VALUE ? null : engine.callLater(nanosMax, waiter::signal);
        try {
            waiter.await();
        } finally {
            closeWaiters.remove(waiter);
            if (limit != null) {
                limit.cancel();
            }
        }
    }

    @Override
    @Parks
    public DrainReport drain(Duration finish, Duration flush) throws InterruptedException {
        engine.members().requireTask("drain");
        long began = engine.time();
        close();
        int open = clients.size();
        awaitOver(ConnectionTimeouts.nanos(finish));
        int late = clients.size();
        closeClients();
        awaitOver(ConnectionTimeouts.nanos(flush));
        int stuck = clients.size();
        abortClients();
        waitClosed();
        return new DrainReport(open - late, late - stuck, stuck, Duration.ofNanos(engine.time() - began));
    }

    @Override
    public void closeClients() {
        engine.checkLoopThread();
        clients.snapshot().forEach(client -> Layer.outermost(client).close());
    }

    @Override
    public void abortClients() {
        engine.checkLoopThread();
        clients.snapshot().forEach(client -> Layer.outermost(client).abort());
    }

    @Override
    public int clientCount() {
        engine.checkLoopThread();
        return clients.size();
    }

    @Override
    public boolean isServing() {
        engine.checkLoopThread();
        return started && !closed;
    }

    @Override
    public List<SocketAddress> addresses() {
        engine.checkLoopThread();
        List<SocketAddress> addresses = new ArrayList<>();
        if (!closed) {
            for (Listener listener : listeners) {
                SocketAddress address = listener.address();
                if (address != null) {
                    addresses.add(address);
                }
            }
        }
        return List.copyOf(addresses);
    }

    @Override
    public int port() {
        engine.checkLoopThread();
        @Nullable
        SocketAddress first = listeners.isEmpty() ? null : listeners.getFirst().address();
        return first instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    @Override
    public void describe(Inspection into) {
        String state = closed ? "closing" : held ? "paused" : started ? "serving" : "bound";
        into.add(new ServerSnapshot(state, addresses(), clients.size(), Origin.text(origin)));
    }

    @Override
    public Loop loop() {
        return engine.face();
    }

    @Override
    public String toString() {
        return "Server[" + listeners + ", clients=" + clients.size() + (closed ? ", closed" : "") + "]";
    }
}
