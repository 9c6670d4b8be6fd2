package dev.matryoshka.engine;

import java.time.Duration;

/** Times on a loop's clock, whose origin is arbitrary: which of two is the earlier is told by their difference. Any thread. */
public final class Instants {
    /** 146 years: of two times that are no farther from a third the difference does not overflow. */
    static final long FARTHEST = Long.MAX_VALUE >> 1;

    /** 73 years: what is counted from now stays below {@link #FARTHEST} from the birth of a loop that is as old. */
    public static final long LONGEST_DELAY = Long.MAX_VALUE >> 2;

    private Instants() {}

    /** In nanoseconds, {@link #LONGEST_DELAY} at most; what a long cannot say is as good as for ever, or as at once. */
    public static long delayNanos(Duration delay) {
        try {
            return Math.min(delay.toNanos(), LONGEST_DELAY);
        } catch (ArithmeticException tooLong) {
            return delay.isNegative() ? 0 : LONGEST_DELAY;
        }
    }

    /**
     * A time that can be compared with the others of a clock: absurd ones, as the smallest and the largest number, are the past and never.
     *
     * @param origin an earlier time of that clock
     */
    static long within(long origin, long when) {
        long distance = when - origin;
        if (distance > FARTHEST) {
            return when < origin ? origin : origin + FARTHEST;
        }
        if (distance < -FARTHEST) {
            return when > origin ? origin + FARTHEST : origin;
        }
        return when;
    }
}
