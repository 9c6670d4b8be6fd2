package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.time.Duration;

/** Short loads, for tests of servers: the first answer on each connection is compared with what it should be. */
public final class Loads {
    private Loads() {}

    /** A request for some connections to a port. */
    public static LoadRequest request(LoadKind kind, int port) {
        return LoadRequest.of(kind)
                .with(LoadRequest.PORT, port)
                .with(LoadRequest.CONNECTIONS, 4)
                .with(LoadRequest.SIZE, 64)
                .lasting(Duration.ofMillis(20), Duration.ofMillis(80));
    }

    /** Runs it; once more, and longer, where a busy machine let nothing through in so short a time. */
    public static LoadResult run(LoadRequest request) throws IOException {
        return run(request, 1);
    }

    /** Runs it; once more, and longer, where fewer requests were answered than one wants to see, or one of its figures is 0. */
    static LoadResult run(LoadRequest request, int requestsMin) throws IOException {
        LoadResult result = request.kind().newLoad().run(request);
        return result.requests() >= requestsMin && !result.more().containsValue(0.0)
                ? result
                : request.kind().newLoad().run(request.lasting(Duration.ofSeconds(1), Duration.ofSeconds(4)));
    }

    /** The kind that fits a mode. */
    public static LoadRequest request(dev.matryoshka.benchmarks.Mode mode, int port) {
        return switch (mode) {
            case ECHO -> request(LoadKind.ECHO, port);
            case LINES -> request(LoadKind.ECHO, port).with(LoadRequest.DEPTH, 16);
            case SOURCE, FILE -> request(LoadKind.BULK, port);
            case TWO_WRITE -> request(LoadKind.TWO_WRITE, port);
            case UDP -> request(LoadKind.UDP, port);
        };
    }
}
