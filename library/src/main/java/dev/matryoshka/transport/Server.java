package dev.matryoshka.transport;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import java.net.SocketAddress;
import java.util.List;

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

    /** Whether connections are being accepted. */
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

    /** Stops listening. Idempotent. */
    @Override
    void close();

    /** Parks until closed and empty, see above. May be called by any number of tasks, before or after close. */
    @Parks
    void waitClosed() throws InterruptedException;

    /** Calls {@code close} on every connection that is open now, on the transport that its user sees: see {@link Layer}. */
    void closeClients();

    /** Calls {@code abort} on every connection that is open now, likewise. */
    void abortClients();

    /** How many connections it has. */
    int clientCount();
}
