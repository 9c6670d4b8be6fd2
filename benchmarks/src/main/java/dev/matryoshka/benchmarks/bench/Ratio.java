package dev.matryoshka.benchmarks.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * How many times as much as the baseline, and how sure that is. Each round compares what was measured within seconds of each
 * other; so a slow minute of the machine shows in neither.
 *
 * @param value median of the one by the median of the other; NaN when there is nothing to compare
 * @param least of the ratios of single rounds
 * @param most of the ratios of single rounds
 */
record Ratio(double value, double least, double most) {
    static final Ratio NONE = new Ratio(Double.NaN, Double.NaN, Double.NaN);

    /** Compares by round; rounds that one of them lacks do not count. */
    static Ratio of(Map<Integer, Double> figures, Map<Integer, Double> baseline) {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (Map.Entry<Integer, Double> figure : figures.entrySet()) {
            double base = baseline.getOrDefault(figure.getKey(), Double.NaN);
            double ratio = figure.getValue() / base;
            if (Double.isFinite(ratio)) {
                ours.add(figure.getValue());
                theirs.add(base);
                least = Math.min(least, ratio);
                most = Math.max(most, ratio);
            }
        }
        return ours.isEmpty() ? NONE : new Ratio(median(ours) / median(theirs), least, most);
    }

    /** The middle one, or halfway between the two in the middle; NaN of none. Those that are no numbers do not count. */
    static double median(Iterable<Double> values) {
        List<Double> numbers = new ArrayList<>();
        values.forEach(value -> {
            if (!value.isNaN()) {
                numbers.add(value);
            }
        });
        double[] sorted =
                numbers.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1
                ? sorted[middle]
                : Arrays.stream(sorted, middle - 1, middle + 1).sum() / 2;
    }

    boolean isKnown() {
        return !Double.isNaN(value);
    }

    /** How far from 1 it, or any of its rounds, is: for a pair that should be equal, what is noise. */
    double distance() {
        return Math.max(Math.abs(most - 1), Math.abs(least - 1));
    }
}
