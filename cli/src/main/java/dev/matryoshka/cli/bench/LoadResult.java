package dev.matryoshka.cli.bench;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What the load generator found; one line on its standard output. The whole distribution travels, because percentiles of
 * several rounds cannot be made from percentiles of each.
 *
 * @param requests that were answered
 * @param nanos how long that took
 * @param cpuNanos of the server process meanwhile; 0 when it is not known
 * @param latencies of the requests, in nanoseconds
 */
public record LoadResult(long requests, long nanos, long cpuNanos, Histogram latencies) {
    private static final int FIELDS = 4;

    /** Two digits: a percentile is right within 1 %. */
    private static final int DIGITS = 2;

    private static final long SLOWEST_NANOS = 60_000_000_000L;

    /** An empty histogram of the kind that is used here. */
    static Histogram newHistogram() {
        return new Histogram(SLOWEST_NANOS, DIGITS);
    }

    /** Nothing yet. */
    static LoadResult none() {
        return new LoadResult(0, 0, 0, newHistogram());
    }

    /** Both together, as if measured in one go. */
    LoadResult plus(LoadResult other) {
        Histogram sum = latencies.copy();
        sum.add(other.latencies);
        return new LoadResult(requests + other.requests, nanos + other.nanos, cpuNanos + other.cpuNanos, sum);
    }

    double requestsPerSecond() {
        return nanos == 0 ? 0 : requests * 1e9 / nanos;
    }

    double micros(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e3;
    }

    double cpuMicrosPerRequest() {
        return requests == 0 ? 0 : cpuNanos / 1e3 / requests;
    }

    /** For {@link #parse}. */
    public String toLine() {
        ByteBuffer encoded = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(encoded);
        byte[] bytes = new byte[length];
        encoded.get(0, bytes);
        return requests + " " + nanos + " " + cpuNanos + " "
                + Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * Reads what {@link #toLine} wrote.
     *
     * @throws IllegalArgumentException it is something else
     */
    static LoadResult parse(String line) {
        String[] words = line.trim().split(" ");
        if (words.length != FIELDS) {
            throw new IllegalArgumentException(line);
        }
        try {
            ByteBuffer encoded = ByteBuffer.wrap(Base64.getDecoder().decode(words[3]));
            Histogram latencies = Histogram.decodeFromCompressedByteBuffer(encoded, SLOWEST_NANOS);
            return new LoadResult(
                    Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]), latencies);
        } catch (DataFormatException broken) {
            throw new IllegalArgumentException(line, broken);
        }
    }

    /** Puts a latency into a histogram, the slowest possible if it is slower than that. */
    static void record(Histogram latencies, long nanos) {
        latencies.recordValue(Math.min(nanos, SLOWEST_NANOS));
    }
}
