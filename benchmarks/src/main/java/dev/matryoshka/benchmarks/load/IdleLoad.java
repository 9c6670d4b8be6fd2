package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Many connections that have said one thing and are silent now: what each of them holds at the server, and what they cost
 * those that talk. First those that talk are measured alone, then beside the idle ones, which is what the result counts.
 */
final class IdleLoad implements Load {
    /** How many are idle. */
    static final String IDLE = "idle";
    /** What they hold together on the heap of the server, after a collection; bytes. Absent for no JVM. */
    static final String HEAP = "heap";
    /** By how much the process has grown; bytes. */
    static final String RSS = "rss";
    /** Requests of those that talk, alone. */
    static final String ALONE_REQUESTS = "alone-requests";
    /** What these cost the server, nanoseconds. */
    static final String ALONE_CPU = "alone-cpu";

    /** So many connect at a time: fewer than any server's backlog. */
    private static final int AT_A_TIME = 64;

    private static final Duration OPENING_LIMIT = Duration.ofSeconds(60);
    private static final long LOOK_MILLIS = 100;

    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        LoadResult alone = new EchoLoad().run(request);
        ServerMemory before = ServerMemory.of(request.serverPid());
        try (Exchange exchange = new Exchange(request)) {
            new Opening(exchange, request).run();
            ServerMemory after = ServerMemory.of(request.serverPid());
            LoadResult beside = new EchoLoad()
                    .run(request)
                    .with(IDLE, request.idle())
                    .with(RSS, after.residentBytes() - before.residentBytes())
                    .with(ALONE_REQUESTS, alone.requests())
                    .with(ALONE_CPU, alone.cpuNanos());
            return after.heapBytes().isEmpty() || before.heapBytes().isEmpty()
                    ? beside
                    : beside.with(
                            HEAP,
                            after.heapBytes().getAsLong() - before.heapBytes().getAsLong());
        }
    }

    private static final class Opening implements Visits.Ending {
        private final Exchange exchange;
        private final Visits visits;
        private final int wanted;
        private int open;

        Opening(Exchange exchange, LoadRequest request) {
            this.exchange = exchange;
            this.visits = new Visits(exchange, Target.of(request), Messages.ofSize(request.size()), this);
            this.wanted = request.idle();
        }

        void run() throws IOException {
            while (visits.begun() < Math.min(AT_A_TIME, wanted)) {
                visits.begin();
            }
            exchange.run(OPENING_LIMIT, now -> LOOK_MILLIS);
            if (open < wanted) {
                throw new IOException("only " + open + " of " + wanted + " connections within " + OPENING_LIMIT);
            }
        }

        @Override
        public void echoed(SocketChannel channel) throws IOException {
            if (++open == wanted) {
                exchange.end();
            } else if (visits.begun() < wanted) {
                visits.begin();
            }
        }
    }
}
