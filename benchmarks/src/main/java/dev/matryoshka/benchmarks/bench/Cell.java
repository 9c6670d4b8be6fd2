package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/** What one server did with one workload, by round. Filled by one thread, then only read. */
final class Cell {
    private final SortedMap<Integer, LoadResult> rounds = new TreeMap<>();
    private final Histogram latencies = LoadResult.newHistogram();

    void add(int round, LoadResult result) {
        rounds.put(round, result);
        latencies.add(result.latencies());
    }

    boolean isEmpty() {
        return rounds.isEmpty();
    }

    SortedMap<Integer, LoadResult> rounds() {
        return rounds;
    }

    /** A figure of each round. */
    Map<Integer, Double> each(ToDoubleFunction<LoadResult> figure) {
        Map<Integer, Double> values = new TreeMap<>();
        rounds.forEach((round, result) -> values.put(round, figure.applyAsDouble(result)));
        return values;
    }

    /** The median of a figure over the rounds; NaN without any. */
    double median(ToDoubleFunction<LoadResult> figure) {
        return Ratio.median(each(figure).values());
    }

    /** A percentile over all rounds together, microseconds; NaN when no latency was taken. */
    double micros(double percentile) {
        return latencies.getTotalCount() == 0 ? Double.NaN : latencies.getValueAtPercentile(percentile) / 1e3;
    }

    /** The names of what this kind of load finds besides. */
    TreeSet<String> more() {
        TreeSet<String> names = new TreeSet<>();
        rounds.values().forEach(result -> names.addAll(result.more().keySet()));
        names.remove(LoadResult.BYTES);
        return names;
    }
}
