package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What every load on plain NIO shares: one thread on a {@link Selector}, what is counted, and for how long. Nothing is
 * allocated per request: the load must not be what is measured. Plain NIO and not our own loop, so that a mistake of ours
 * does not hide behind itself.
 */
final class Exchange implements AutoCloseable {
    private static final long LOOK_MILLIS = 100;

    private final LoadRequest request;
    private final Selector selector = Selector.open();
    private final Histogram latencies = LoadResult.newHistogram();
    private long requests;
    private long bytes;
    private long now = System.nanoTime();
    private boolean ended;

    Exchange(LoadRequest request) throws IOException {
        this.request = request;
    }

    /** What a load does by itself in each turn, and not because a channel is ready. */
    @FunctionalInterface
    interface Turn {
        /**
         * Called before each look at the channels.
         *
         * @return how long to wait for them at most, milliseconds; 0 not to wait
         */
        long begin(long now) throws IOException;

        /** Called when the time is over, while what it counts still counts. */
        default void end(long now) {}
    }

    /** Puts a channel, which must not block, under watch. */
    SelectionKey watch(SelectableChannel channel, int interestOps, Client client) throws IOException {
        return channel.register(selector, interestOps, client);
    }

    /** The time at which this turn has begun. */
    long now() {
        return now;
    }

    /** Counts requests that were answered together. */
    void answered(long count, long nanos) {
        requests += count;
        LoadResult.record(latencies, nanos, count);
    }

    /** A request that is still under way at the end: it is none of those that were answered, but has taken so long at least. */
    void unanswered(long nanos) {
        LoadResult.record(latencies, nanos, 1);
    }

    /** Counts bytes that have come unasked. */
    void received(long count, long countPerRequest) {
        bytes += count;
        requests = bytes / countPerRequest;
    }

    /** Ends what is being measured at the end of this turn. */
    void end() {
        ended = true;
    }

    /** Warms up, then measures, as the request says. */
    LoadResult measure() throws IOException {
        return measure(now -> LOOK_MILLIS);
    }

    /** The same with something to do in each turn. */
    LoadResult measure(Turn turn) throws IOException {
        run(request.warmUp(), turn);
        requests = 0;
        bytes = 0;
        latencies.reset();
        long cpuBefore = ServerCpu.nanos(request.serverPid());
        long began = System.nanoTime();
        run(request.measure(), turn);
        turn.end(now);
        long nanos = System.nanoTime() - began;
        long cpuNanos = ServerCpu.nanos(request.serverPid()) - cpuBefore;
        LoadResult result = new LoadResult(requests, nanos, cpuNanos, latencies.copy());
        return bytes == 0 ? result : result.with(LoadResult.BYTES, bytes);
    }

    /** Runs for some time, whatever is counted. */
    void run(Duration length, Turn turn) throws IOException {
        now = System.nanoTime();
        long end = now + length.toNanos();
        long stalled = request.stalled().toNanos();
        long lastProgress = now;
        long progress = requests + bytes;
        ended = false;
        while (now - end < 0 && !ended) {
            select(Math.min(LOOK_MILLIS, turn.begin(now)));
            now = System.nanoTime();
            if (requests + bytes != progress) {
                progress = requests + bytes;
                lastProgress = now;
            } else if (now - lastProgress > stalled) {
                throw new IOException("the server has stopped answering");
            }
        }
    }

    private void select(long millis) throws IOException {
        try {
            if (millis == 0) {
                selector.selectNow(Exchange::ready);
            } else {
                selector.select(Exchange::ready, millis);
            }
        } catch (BrokenException broken) {
            throw broken.cause;
        }
    }

    private static void ready(SelectionKey key) {
        try {
            ((Client) key.attachment()).ready(key);
        } catch (IOException broken) {
            throw new BrokenException(broken);
        }
    }

    /** Closes every channel too. */
    @Override
    public void close() throws IOException {
        try (selector) {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        }
    }

    /** Carries a failure out of the selector's callback. */
    private static final class BrokenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final IOException cause;

        BrokenException(IOException cause) {
            super(cause);
            this.cause = cause;
        }
    }
}
