package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.loop.LoopClosedException;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One loop's part of a {@link ServerGroup}: its server, and how many connections it has or was promised. The count is for any
 * thread; a connection is counted from the moment at which it is decided who gets it, so that the next decision knows.
 */
final class Share {
    final LoopEngine engine;
    private final AtomicInteger connections = new AtomicInteger();

    /** Loop thread; set once, before it serves. */
    private @Nullable SocketServer server;

    /** Told when one has left; set before it serves. */
    private @Nullable Distributor distributor;

    Share(LoopEngine engine) {
        this.engine = engine;
    }

    void attach(SocketServer itsServer, @Nullable Distributor whoAccepts) {
        server = itsServer;
        distributor = whoAccepts;
    }

    /** Loop thread. */
    SocketServer server() {
        return Objects.requireNonNull(server, "not attached");
    }

    /** Loop thread: false when opening has failed before. */
    boolean isAttached() {
        return server != null;
    }

    /** Any thread. */
    int connections() {
        return connections.get();
    }

    /** Whoever decides. */
    void arrived() {
        int ignored = connections.incrementAndGet();
    }

    /** Any thread. */
    void left() {
        int ignored = connections.decrementAndGet();
        if (distributor != null) {
            distributor.roomMade();
        }
    }

    /** Any thread: sends a connection there; false when that loop is closed, and the parcel is still the caller's. */
    boolean send(Parcel parcel) {
        try {
            engine.callSoonThreadsafe(() -> deliver(parcel));
            return true;
        } catch (LoopClosedException gone) {
            return false;
        }
    }

    /** Loop thread. */
    void deliver(Parcel parcel) {
        if (server == null || server.isClosed()) {
            parcel.close();
            left();
            return;
        }
        NonBlockingSocket socket;
        try {
            socket = engine.kernel().adopt(parcel);
        } catch (IOException | RuntimeException failed) {
            engine.reporter().report("A connection could not be taken over", failed, "server", server);
            left();
            return;
        }
        server.admit(socket);
    }
}
