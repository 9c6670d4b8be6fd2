package dev.matryoshka.benchmarks.bench;

import java.time.Duration;
import java.util.List;

/**
 * What to measure.
 *
 * @param contestants in the order of the report
 * @param sizesBytes of the messages
 * @param connections of the load
 * @param measure how long each server is measured with each size, all rounds together
 */
public record Plan(List<Contestant> contestants, List<Integer> sizesBytes, int connections, Duration measure) {
    /** Three, so that one bad minute can be seen. */
    static final int ROUNDS = 3;

    /** Long enough for the JIT compiler to be done with an echo server. */
    private static final Duration WARM_UP_MAX = Duration.ofSeconds(1);

    /** For connecting, and for the caches that the last server left cold. */
    private static final Duration SETTLE_MAX = Duration.ofMillis(200);

    /** Copies the lists. */
    public Plan {
        contestants = List.copyOf(contestants);
        sizesBytes = List.copyOf(sizesBytes);
    }

    /** What counts of one measurement. */
    Duration perRound() {
        return measure.dividedBy(ROUNDS);
    }

    /** Before a server's first measurement with a size. */
    Duration warmUp() {
        return shorter(WARM_UP_MAX, measure);
    }

    /** Before every measurement. */
    Duration settle() {
        return shorter(SETTLE_MAX, perRound());
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** How many measurements, the ones that warm up included. */
    int steps() {
        return (ROUNDS + 1) * contestants.size() * sizesBytes.size();
    }
}
