package dev.matryoshka.transport;

import java.time.Duration;

/**
 * How a server has ended, see {@link Server#drain}.
 *
 * @param finished connections that ended by themselves, in time
 * @param closed connections that were closed at the deadline, and sent what they had
 * @param aborted connections that could not even do that, and lost what they had
 * @param took the whole of it, on the loop's clock
 */
public record DrainReport(int finished, int closed, int aborted, Duration took) {
    private static final DrainReport NONE = new DrainReport(0, 0, 0, Duration.ZERO);

    /** Of a server that had no connection, or whose loop has gone; what {@link #plus} begins with. */
    public static DrainReport none() {
        return NONE;
    }

    /** Whether nothing was cut off. */
    public boolean isClean() {
        return closed == 0 && aborted == 0;
    }

    /** Both together: sums, and the longer time. For servers that end at the same time. */
    public DrainReport plus(DrainReport other) {
        return new DrainReport(
                finished + other.finished,
                closed + other.closed,
                aborted + other.aborted,
                took.compareTo(other.took) >= 0 ? took : other.took);
    }
}
