package dev.matryoshka.cli.serve;

import dev.matryoshka.loop.Loop;
import java.time.Duration;

/**
 * Ends a server in good order, then stops its loop: no new connections, what is owed is sent, and who does not take
 * it in time is dropped.
 *
 * <pre>
 *   SERVING ──▶ FINISHING ──▶ CLOSING ──▶ ABORTING
 *
 *   begin() closes the listener; after some time, or at once, connections are closed; after another they are aborted, and at
 *   once by a second begin(). No clients, or a second more, stops the loop.
 * </pre>
 *
 * It looks at the number of clients from time to time instead of waiting for them in a task, so that a server of protocols
 * needs no JVM option. Loop thread only.
 */
public final class Drain {
    private static final Duration LOOK_EVERY = Duration.ofMillis(5);

    /** An aborted connection is gone two passes later; one that is not, is a bug, and no reason to stay for ever. */
    private static final Duration ABORT_LIMIT = Duration.ofSeconds(1);

    private enum State {
        SERVING,
        FINISHING,
        CLOSING,
        ABORTING
    }

    private final Loop loop;
    private final Drainable server;
    private final Duration finish;
    private final Duration limit;
    private State state = State.SERVING;

    /**
     * For a server whose connections are closed at once.
     *
     * @param limit how long connections may take to send what they owe
     */
    public Drain(Loop loop, Drainable server, Duration limit) {
        this(loop, server, Duration.ZERO, limit);
    }

    /**
     * For a server whose connections may end by themselves.
     *
     * @param finish how long they may take to do so
     * @param limit how long those that are closed then may take to send what they owe
     */
    public Drain(Loop loop, Drainable server, Duration finish, Duration limit) {
        this.loop = loop;
        this.server = server;
        this.finish = finish;
        this.limit = limit;
    }

    /** Starts to drain; called again, it aborts. The loop is stopped later, never from inside this call. */
    public void begin() {
        if (state != State.SERVING) {
            abort();
            return;
        }
        state = State.FINISHING;
        server.close();
        if (finish.isZero()) {
            closeClients();
        } else {
            loop.callLater(finish, this::closeClients);
        }
        look();
    }

    private void closeClients() {
        if (state == State.FINISHING) {
            state = State.CLOSING;
            server.closeClients();
            loop.callLater(limit, this::abort);
        }
    }

    private void look() {
        if (server.clientCount() == 0) {
            loop.stop();
        } else {
            loop.callLater(LOOK_EVERY, this::look);
        }
    }

    private void abort() {
        if (state == State.FINISHING || state == State.CLOSING) {
            state = State.ABORTING;
            server.abortClients();
            loop.callLater(ABORT_LIMIT, loop::stop);
        }
    }
}
