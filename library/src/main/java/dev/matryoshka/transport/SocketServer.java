package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Listeners and their connections (asyncio's {@code base_events.Server}). Loop thread only. */
final class SocketServer implements Server {
    private final LoopEngine engine;
    private final Supplier<? extends BaseProtocol> factory;
    private final ServerOptions options;
    private final List<Listener> listeners = new ArrayList<>();
    private final ClientList clients = new ClientList(this::wakeIfOver);
    private final List<Waiter> closeWaiters = new ArrayList<>();
    private final Waiter serving = new Waiter();
    private boolean started;
    private boolean closed;

    SocketServer(LoopEngine engine, Supplier<? extends BaseProtocol> factory, ServerOptions options) {
        this.engine = engine;
        this.factory = factory;
        this.options = options;
    }

    void add(NonBlockingSocket bound) {
        listeners.add(new Listener(engine, bound, options.accepting().batch(), this::accepted));
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
        if (closed && clients.size() == 0) {
            closeWaiters.forEach(Waiter::signal);
        }
    }

    @Override
    @Parks
    public void waitClosed() throws InterruptedException {
        engine.members().requireTask("waitClosed");
        Waiter waiter = new Waiter();
        closeWaiters.add(waiter);
        try {
            while (!closed || clients.size() > 0) {
                waiter.await();
            }
        } finally {
            closeWaiters.remove(waiter);
        }
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
    public Loop loop() {
        return engine.face();
    }

    @Override
    public String toString() {
        return "Server[" + listeners + ", clients=" + clients.size() + (closed ? ", closed" : "") + "]";
    }
}
