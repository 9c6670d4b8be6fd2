package dev.matryoshka.cli.echo;

import dev.matryoshka.loop.Loop;
import java.time.Duration;

/**
 * Ends an echo server in good order, then stops its loop: no new connections, what is owed is sent, and who does not take
 * it in time is dropped.
 *
 * <pre>
 *   SERVING ──▶ DRAINING ──▶ ABORTING      begin() again, or the deadline, aborts; no clients, or a second more, stops
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
        DRAINING,
        ABORTING
    }

    private final Loop loop;
    private final EchoServer server;
    private final Duration limit;
    private State state = State.SERVING;

    /** @param limit how long connections may take to send what they owe */
    public Drain(Loop loop, EchoServer server, Duration limit) {
        this.loop = loop;
        this.server = server;
        this.limit = limit;
    }

    /** Starts to drain; called again, it aborts. The loop is stopped later, never from inside this call. */
    public void begin() {
        if (state != State.SERVING) {
            abort();
            return;
        }
        state = State.DRAINING;
        server.close();
        server.closeClients();
        loop.callLater(limit, this::abort);
        look();
    }

    private void look() {
        if (server.clientCount() == 0) {
            loop.stop();
        } else {
            loop.callLater(LOOK_EVERY, this::look);
        }
    }

    private void abort() {
        if (state == State.DRAINING) {
            state = State.ABORTING;
            server.abortClients();
            loop.callLater(ABORT_LIMIT, loop::stop);
        }
    }
}
