package dev.matryoshka.engine;

/** Times on a loop's clock, whose origin is arbitrary: which of two is the earlier is told by their difference. Any thread. */
final class Instants {
    /** 146 years: of two times that are no farther apart the difference does not overflow. */
    static final long FARTHEST = Long.MAX_VALUE >> 1;

    private Instants() {}

    /**
     * A time that can be compared with the others of a clock: absurd ones, as the smallest and the largest number, are the past and never.
     *
     * @param now this or an earlier time of that clock, by no more than a century
     */
    static long within(long now, long when) {
        long distance = when - now;
        if (distance > FARTHEST) {
            return when < now ? now : now + FARTHEST;
        }
        if (distance < -FARTHEST) {
            return when > now ? now + FARTHEST : now;
        }
        return when;
    }
}
