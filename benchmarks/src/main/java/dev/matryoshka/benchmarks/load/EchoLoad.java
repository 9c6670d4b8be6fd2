package dev.matryoshka.benchmarks.load;

import java.io.IOException;

/** Closed loop: each connection sends so many messages at once, waits for all of their echoes, and sends the next. */
final class EchoLoad implements Load {
    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        if (request.tls()) {
            return new TlsEchoLoad().run(request);
        }
        return closedLoop(request, Talk.echo(request.size(), request.depth()));
    }

    /** The same for any talk. */
    static LoadResult closedLoop(LoadRequest request, Talk talk) throws IOException {
        try (Exchange exchange = new Exchange(request)) {
            ClosedLoopClient.connect(exchange, Target.of(request), talk, request.connections());
            return exchange.measure();
        }
    }
}
