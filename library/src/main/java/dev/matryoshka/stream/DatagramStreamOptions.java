package dev.matryoshka.stream;

import java.util.Objects;

/**
 * How much a datagram stream keeps for a task that does not receive, and what happens then. Immutable; start from
 * {@link #defaults()}. The write side's water marks are those of {@link dev.matryoshka.transport.DatagramOptions}.
 *
 * @param queueBytes how much may lie unreceived, at least 1; each datagram counts 8 bytes more than it has, and the last one may
 *     go over it
 * @param whenFull what happens to what comes then
 */
public record DatagramStreamOptions(int queueBytes, WhenFull whenFull) {
    private static final DatagramStreamOptions DEFAULTS = new DatagramStreamOptions(256 * 1024, WhenFull.PAUSE);

    /** What happens when a task receives more slowly than datagrams come. Somewhere they are lost in any case: the question is where. */
    public enum WhenFull {
        /** Stops to receive: the system's buffer fills, and the system drops the newest, uncounted; a Unix sender waits instead. */
        PAUSE,

        /** Drops what comes, and counts it. */
        DROP_NEWEST,

        /** Drops what waits longest, and counts it: for measurements, where the latest is worth most. */
        DROP_OLDEST
    }

    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException it is below 1
     */
    public DatagramStreamOptions {
        if (queueBytes < 1) {
            throw new IllegalArgumentException("queueBytes < 1: " + queueBytes);
        }
        Objects.requireNonNull(whenFull, "whenFull");
    }

    /** 256 KiB, then pause. */
    public static DatagramStreamOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another bound, in bytes. */
    public DatagramStreamOptions withQueueBytes(int bytes) {
        return new DatagramStreamOptions(bytes, whenFull);
    }

    /** The same with another answer to a full queue. */
    public DatagramStreamOptions withWhenFull(WhenFull answer) {
        return new DatagramStreamOptions(queueBytes, answer);
    }
}
