package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What the load generator found; one line on its standard output, {@code requests=1 nanos=2 cpu=3 histogram=...}. The whole
 * distribution travels, because percentiles of several rounds cannot be made from percentiles of each.
 *
 * @param requests that were answered
 * @param nanos how long that took
 * @param cpuNanos of the server process meanwhile; 0 when it is not known
 * @param latencies of the requests, in nanoseconds
 * @param more what only some kinds find, by name: numbers
 */
public record LoadResult(long requests, long nanos, long cpuNanos, Histogram latencies, Map<String, Double> more) {
    /** In {@link #more}: bytes that were moved, for kinds whose figure is bytes per second. */
    public static final String BYTES = "bytes";

    private static final String REQUESTS = "requests";
    private static final String NANOS = "nanos";
    private static final String CPU = "cpu";
    private static final String HISTOGRAM = "histogram";

    /** Instead of a result. */
    private static final String FAILED = "failed";

    /** Two digits: a percentile is right within 1 %. */
    private static final int DIGITS = 2;

    private static final long SLOWEST_NANOS = 60_000_000_000L;

    /** Copies what is more. */
    public LoadResult {
        more = Map.copyOf(more);
    }

    /** A result with nothing more. */
    public LoadResult(long requests, long nanos, long cpuNanos, Histogram latencies) {
        this(requests, nanos, cpuNanos, latencies, Map.of());
    }

    /** The same, and one thing more. */
    public LoadResult with(String name, double value) {
        Map<String, Double> named = new LinkedHashMap<>(more);
        named.put(name, value);
        return new LoadResult(requests, nanos, cpuNanos, latencies, named);
    }

    /** An empty histogram of the kind that is used here. */
    public static Histogram newHistogram() {
        return new Histogram(SLOWEST_NANOS, DIGITS);
    }

    /** Nothing yet. */
    public static LoadResult none() {
        return new LoadResult(0, 0, 0, newHistogram());
    }

    /** Both together, as if measured in one go; what is more adds up too. */
    public LoadResult plus(LoadResult other) {
        Histogram sum = latencies.copy();
        sum.add(other.latencies);
        Map<String, Double> both = new LinkedHashMap<>(more);
        other.more.forEach((name, value) -> both.merge(name, value, Double::sum));
        return new LoadResult(requests + other.requests, nanos + other.nanos, cpuNanos + other.cpuNanos, sum, both);
    }

    /** What was answered in a second. */
    public double requestsPerSecond() {
        return nanos == 0 ? 0 : requests * 1e9 / nanos;
    }

    /** A percentile of the latencies, microseconds. */
    public double micros(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e3;
    }

    /** What a request cost the server, microseconds of CPU. */
    public double cpuMicrosPerRequest() {
        return requests == 0 ? 0 : cpuNanos / 1e3 / requests;
    }

    /** For {@link #parse}. */
    public String toLine() {
        ByteBuffer encoded = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(encoded);
        byte[] bytes = new byte[length];
        encoded.get(0, bytes);
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(REQUESTS, Long.toString(requests));
        fields.put(NANOS, Long.toString(nanos));
        fields.put(CPU, Long.toString(cpuNanos));
        fields.put(HISTOGRAM, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        more.forEach((name, value) -> fields.put(name, value.toString()));
        return Fields.toLine(fields);
    }

    /** The line that says why there is no result. */
    static String failureLine(String reason) {
        return Fields.toLine(Map.of(FAILED, reason));
    }

    /**
     * Reads what {@link #toLine} wrote.
     *
     * @throws IOException the load says that it failed, and why
     * @throws IllegalArgumentException it is something else
     */
    public static LoadResult parse(String line) throws IOException {
        Map<String, String> fields = Fields.parse(line);
        if (fields.containsKey(FAILED)) {
            throw new IOException(fields.get(FAILED));
        }
        try {
            byte[] encoded = Base64.getUrlDecoder().decode(take(fields, HISTOGRAM));
            Histogram latencies = Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(encoded), SLOWEST_NANOS);
            long requests = Long.parseLong(take(fields, REQUESTS));
            long nanos = Long.parseLong(take(fields, NANOS));
            long cpuNanos = Long.parseLong(take(fields, CPU));
            Map<String, Double> more = new LinkedHashMap<>();
            fields.forEach((name, value) -> more.put(name, Double.valueOf(value)));
            return new LoadResult(requests, nanos, cpuNanos, latencies, more);
        } catch (DataFormatException broken) {
            throw new IllegalArgumentException(line, broken);
        }
    }

    private static String take(Map<String, String> fields, String name) {
        String value = fields.remove(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name + " in the load's answer");
        }
        return value;
    }

    /** Puts a latency into a histogram, the slowest possible if it is slower than that. */
    public static void record(Histogram latencies, long nanos) {
        record(latencies, nanos, 1);
    }

    /** The same for several requests that took as long. */
    static void record(Histogram latencies, long nanos, long count) {
        latencies.recordValueWithCount(Math.min(nanos, SLOWEST_NANOS), count);
    }
}
