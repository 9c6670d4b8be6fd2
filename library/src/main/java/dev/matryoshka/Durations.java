package dev.matryoshka;

import java.time.Duration;

/** Durations in nanoseconds: what is longer than a long can say is as good as for ever. */
final class Durations {
    private Durations() {}

    static long nanos(Duration delay) {
        try {
            return delay.toNanos();
        } catch (ArithmeticException tooLong) {
            return delay.isNegative() ? 0 : Long.MAX_VALUE;
        }
    }
}
