package dev.matryoshka.transport;

import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.engine.OwnedFuture;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.inspect.ServerSnapshot;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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

    /** For when it is closed and empty. */
    private final List<Runnable> overActions = new ArrayList<>();

    private final Waiter serving = new Waiter(this);
    private boolean started;
    private boolean closed;

    /** The user wants nobody now. */
    private boolean paused;

    /** What the listeners were told last. */
    private boolean held;

    /** Where it is one of several servers on several loops, its part of them. */
    private @Nullable Share share;

    /** There, where this one accepts for all: who gets what it accepts. */
    private @Nullable Distributor distributor;

    /** In debug mode where it was made. */
    private final @Nullable Origin origin;

    SocketServer(LoopEngine engine, Supplier<? extends BaseProtocol> factory, ServerOptions options) {
        this.engine = engine;
        this.factory = factory;
        this.options = options;
        this.origin = engine.reporter().origin("made here");
        engine.inspector().residents().add(this);
        engine.ending().atClose(this);
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

    /** Its part of a server on several loops, before it serves. */
    void join(Share itsShare, @Nullable Distributor whoAccepts) {
        share = itsShare;
        distributor = whoAccepts;
    }

    /** Fresh from a listener. */
    private void accepted(NonBlockingSocket socket) {
        if (distributor != null) {
            distributor.accepted(socket);
            balance();
            return;
        }
        if (share != null) {
            share.arrived();
        }
        admit(socket);
    }

    /** A connection that is counted already, if anybody counts. */
    void admit(NonBlockingSocket socket) {
        if (!begin(socket) && share != null) {
            share.left();
        }
    }

    /** From here on every failure closes it, and is told (bug B10 of asyncio); false then. */
    private boolean begin(NonBlockingSocket socket) {
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
            return false;
        }
        engine.callSoon(() -> begin(transport));
        return true;
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
    void balance() {
        boolean full = distributor != null
                ? distributor.isFull()
                : clients.size() >= options.accepting().maxConnections();
        if ((paused || full) != held) {
            held = !held;
            listeners.forEach(listener -> listener.hold(held));
        }
    }

    private void left(SocketTransport client) {
        if (timeouts != null) {
            timeouts.remove(client);
        }
        if (share != null) {
            share.left();
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
        engine.ending().forget(this);
        listeners.forEach(Listener::close);
        serving.signal();
        wakeIfOver();
    }

    private void wakeIfOver() {
        if (isOver()) {
            engine.inspector().residents().remove(this);
            List<Runnable> due = List.copyOf(overActions);
            overActions.clear();
            due.forEach(Runnable::run);
        }
    }

    @Override
    @Parks
    public void waitClosed() throws InterruptedException {
        engine.members().requireTask("waitClosed");
        Waiter waiter = new Waiter(this);
        Runnable wake = waiter::signal;
        whenOver(wake);
        try {
            while (!isOver()) {
                waiter.await();
            }
        } finally {
            forget(wake);
        }
    }

    boolean isClosed() {
        return closed;
    }

    private boolean isOver() {
        return closed && clients.size() == 0;
    }

    /** Runs something once, when it is closed and empty; at once if it is. */
    void whenOver(Runnable action) {
        if (isOver()) {
            action.run();
        } else {
            overActions.add(action);
        }
    }

    /** Takes one {@link #whenOver} back; nothing when it has run. */
    void forget(Runnable action) {
        overActions.remove(action);
    }

    /** For tests: how many still want to hear of the end. */
    int waitingForEnd() {
        return overActions.size();
    }

    @Override
    @Parks
    public DrainReport drain(Duration finish, Duration flush) throws InterruptedException {
        engine.members().requireTask("drain");
        try {
            return OwnedFuture.await(drainAsync(finish, flush), done -> {});
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public CompletableFuture<DrainReport> drainAsync(Duration finish, Duration flush) {
        engine.checkUsable();
        return Draining.start(engine, this, finish, flush);
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
    public @Nullable Origin origin() {
        return origin;
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
