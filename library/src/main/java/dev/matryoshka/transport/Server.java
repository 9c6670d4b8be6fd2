package dev.matryoshka.transport;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Listeners, and the connections they gave (asyncio.Server). Loop thread only.
 *
 * <p>{@link #close()} ends the listeners, not the connections: {@link #closeClients()} or {@link #abortClients()} does that.
 * {@link #waitClosed()} returns when the server is closed <em>and</em> its last connection is gone, in whichever order:
 *
 * <pre>
 *                   no connection      connections
 *   open            waits              waits
 *   closed          returns            waits for the last
 * </pre>
 *
 * A connection that was accepted and not yet made when close came is closed quietly.
 */
public interface Server extends AutoCloseable {
    /** Any thread. */
    Loop loop();

    /** Where it listens, one address per listener; empty after close. */
    List<SocketAddress> addresses();

    /** The port of the first listener, for servers that asked for port 0; 0 when there is none. */
    int port();

    /** Whether it listens: started and not closed, be accepting paused or not. */
    boolean isServing();

    /**
     * Starts to accept. Idempotent.
     *
     * @throws IllegalStateException the server is closed
     */
    void startServing();

    /**
     * Accepts until the task is cancelled or the server closed; cancelling closes the server and its connections, waits
     * until they are gone, and throws on. One task at a time.
     *
     * @throws IllegalStateException the server is closed, or another task serves already
     * @throws InterruptedException the task was cancelled
     */
    @Parks
    void serveForever() throws InterruptedException;

    /**
     * Stops to accept until {@link #resumeAccepting()}; whoever comes meanwhile waits in the backlog, and beyond it Linux lets
     * clients try again by themselves. Idempotent; nothing happens after close.
     */
    void pauseAccepting();

    /** Goes on to accept, from the next pass on, unless the limit of connections is reached. Idempotent. */
    void resumeAccepting();

    /** Whether the next client would be accepted now: it serves, is not paused, and has fewer connections than its limit. */
    boolean isAccepting();

    /** Stops listening. Idempotent. It does not wait, for it may be called from a callback: in a task {@link #drain} does. */
    @Override
    void close();

    /** As {@link #drain(Duration, Duration)} with five seconds for the flush. */
    @Parks
    default DrainReport drain(Duration finish) throws InterruptedException {
        return drain(finish, Duration.ofSeconds(5));
    }

    /**
     * Ends the server gracefully, and parks until it is over: stops listening, lets connections finish, closes those that have
     * not when the time is over, and aborts those that then do not get rid of what they have written.
     *
     * <pre>
     *   close() ── finish ──▶ closeClients() ── flush ──▶ abortClients() ──▶ waitClosed()
     *      └───────────────────────┴─── at any time: no connection left ──────────┘
     * </pre>
     *
     * Protocols are not told that the server drains: one that keeps connections open for a next request looks at
     * {@link #isServing()} when it has answered.
     *
     * @param finish how long connections may take to end by themselves; zero or negative closes them at once
     * @param flush how long closing ones may take to send what they have; zero or negative aborts them at once
     * @return what happened
     * @throws InterruptedException the task was cancelled; the server is closed, the connections are as they were
     */
    @Parks
    DrainReport drain(Duration finish, Duration flush) throws InterruptedException;

    /** Parks until closed and empty, see above. May be called by any number of tasks, before or after close. */
    @Parks
    void waitClosed() throws InterruptedException;

    /**
     * As {@link #drain(Duration, Duration)} for callbacks and for JVMs without tasks: never parks. The future completes on the loop;
     * cancelling it stops where it is.
     */
    CompletableFuture<DrainReport> drainAsync(Duration finish, Duration flush);

    /** Calls {@code close} on every connection that is open now, on the transport that its user sees: see {@link Layer}. */
    void closeClients();

    /** Calls {@code abort} on every connection that is open now, likewise. */
    void abortClients();

    /** How many connections it has. */
    int clientCount();
}
