package dev.matryoshka.benchmarks.load;

import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;

/** Closed loop over TLS: each connection sends a message, waits for its echo, sends the next. */
final class TlsEchoLoad implements Load {
    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        try (TlsClients clients = new TlsClients(request, false)) {
            for (int i = 0; i < request.connections(); i++) {
                clients.connect(() -> new Echo(clients, request.size()));
            }
            return clients.measure(request);
        }
    }

    private static final class Echo extends TlsTalk {
        private final TlsClients clients;

        Echo(TlsClients clients, int sizeBytes) {
            super(clients, sizeBytes);
            this.clients = clients;
        }

        @Override
        void echoed(ChannelHandlerContext context, long sentAt) {
            clients.answered(System.nanoTime() - sentAt);
            send(context);
        }
    }
}
