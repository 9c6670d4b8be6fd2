package dev.matryoshka.benchmarks.load;

import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;

/**
 * Connects, shakes hands, sends one message, waits for its echo, closes; so many at a time. The message is there because the
 * ticket for the next session comes after the handshake. With {@code resume=true} sessions go on, and a server that does
 * not let them is told so; otherwise every handshake is a full one.
 */
final class TlsHandshakeLoad implements Load {
    /** How many handshakes were full ones, in all. */
    static final String FULL = "full";

    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        boolean resume = request.resume();
        try (TlsClients clients = new TlsClients(request, resume)) {
            for (int i = 0; i < request.connections(); i++) {
                connect(clients, request.size());
            }
            LoadResult result = clients.measure(request);
            int first = request.connections(); // with those there was no session yet
            if (resume && clients.fullHandshakes() - first > (clients.handshakes() - first) / 2) {
                throw new IOException("the server does not resume sessions: " + clients.fullHandshakes() + " of "
                        + clients.handshakes() + " handshakes were full ones");
            }
            return result.with(FULL, clients.fullHandshakes());
        }
    }

    private static void connect(TlsClients clients, int sizeBytes) {
        clients.connect(() -> new Visit(clients, sizeBytes));
    }

    private static final class Visit extends TlsTalk {
        private final TlsClients clients;
        private final int sizeBytes;
        private final long beganAt = System.nanoTime();

        Visit(TlsClients clients, int sizeBytes) {
            super(clients, sizeBytes);
            this.clients = clients;
            this.sizeBytes = sizeBytes;
        }

        @Override
        void echoed(ChannelHandlerContext context, long sentAt) {
            clients.answered(System.nanoTime() - beganAt);
            close(context);
            connect(clients, sizeBytes);
        }
    }
}
