package dev.matryoshka.stream;

import dev.matryoshka.task.Parks;

/** Serves one connection of a server; see {@link Streams#startServer}. */
@FunctionalInterface
public interface StreamHandler {
    /**
     * Called in a task of its own for each connection, and may park. When it returns, the connection is closed after what was
     * written is sent; so also when it throws, and the loop's exception handler is told.
     *
     * @throws InterruptedException the task was cancelled: the connection is closed, and nobody is told
     * @throws Exception reported as {@code Unhandled exception in client_connected_cb}; only what this connection itself died
     *     of is not news, and not reported
     */
    @Parks
    void handle(StreamReader reader, StreamWriter writer) throws Exception;
}
