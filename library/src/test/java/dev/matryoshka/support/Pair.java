package dev.matryoshka.support;

import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;

/** A connection on one loop, with a recorder at each end. */
public record Pair(Recorder client, Recorder server) {
    /** In a task: connects; both ends are made. */
    public static Pair open(TestLoop on) throws Exception {
        return open(on, new Recorder(), new Recorder());
    }

    /** As {@link #open(TestLoop)} with prepared recorders. */
    public static Pair open(TestLoop on, Recorder client, Recorder server) throws Exception {
        return open(on, client, server, ServerOptions.defaults());
    }

    public static Pair open(TestLoop on, Recorder client, Recorder server, ServerOptions options) throws Exception {
        try (var listener = on.loop.createServer(() -> server, "127.0.0.1", 0, options)) {
            on.loop.createConnection(() -> client, "127.0.0.1", listener.port());
            on.until("the server's end is made", server.heard::isMade);
        }
        return new Pair(client, server);
    }

    public Transport clientTransport() {
        return client.transport();
    }

    public Transport serverTransport() {
        return server.transport();
    }

    /** Ends both sides and waits until both are lost. */
    public void end(TestLoop on) throws InterruptedException {
        clientTransport().abort();
        serverTransport().abort();
        on.until("both ends are lost", () -> client.heard.isLost() && server.heard.isLost());
    }
}
