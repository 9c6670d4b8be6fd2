package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * Connects, sends one message, waits for its echo, closes; so many at a time. A request is all of that, and its latency too.
 *
 * <p>It closes as clients do, with a FIN, and not with the RST that would spare us the waiting time of the port: to a server
 * that is an error, and another path. So it is our ports that wait, and therefore many addresses take part, see {@link Target}.
 */
final class ChurnLoad implements Load {
    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        try (Exchange exchange = new Exchange(request)) {
            Churn churn = new Churn(exchange, request);
            for (int i = 0; i < request.connections(); i++) {
                churn.visits.begin();
            }
            return exchange.measure();
        }
    }

    private static final class Churn implements Visits.Ending {
        final Visits visits;

        Churn(Exchange exchange, LoadRequest request) {
            visits = new Visits(exchange, Target.of(request), Messages.ofSize(request.size()), this);
        }

        @Override
        public void echoed(SocketChannel channel) throws IOException {
            channel.close();
            visits.begin();
        }
    }
}
