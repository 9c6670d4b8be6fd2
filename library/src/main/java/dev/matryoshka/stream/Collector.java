package dev.matryoshka.stream;

import java.util.Arrays;

/**
 * Gathers the bytes of one long read, so that they need not be contiguous in the reader's memory. Grows with what has come,
 * not with what was announced: a peer that promises a gigabyte and sends nothing costs nothing.
 */
final class Collector {
    /** For {@link #Collector(int)}: until the end. No number that can be asked for. */
    static final int ALL = -1;

    private static final int LENGTH_MIN = 64;
    private static final int LENGTH_MAX = Integer.MAX_VALUE - 8;
    private static final byte[] NOTHING = new byte[0];

    private final int wantedBytes;
    private byte[] bytes = NOTHING;
    private int count;

    Collector(int wantedBytes) {
        this.wantedBytes = wantedBytes;
    }

    int missing() {
        return mostBytes() - count;
    }

    private int mostBytes() {
        return wantedBytes == ALL ? Integer.MAX_VALUE : wantedBytes;
    }

    int wantedBytes() {
        return wantedBytes;
    }

    /** Takes what is there, at most what is missing. */
    void takeFrom(ReadBuffer buffer) {
        int more = Math.min(buffer.size(), missing());
        if (more > 0) {
            ensure((long) count + more);
            buffer.copyTo(bytes, count, more);
            count += more;
        }
    }

    private void ensure(long needed) {
        if (needed > LENGTH_MAX) {
            throw new OutOfMemoryError("a read of more than 2 GiB does not fit into an array");
        }
        if (needed > bytes.length) {
            long roomy = Math.max(2 * needed, LENGTH_MIN);
            bytes = Arrays.copyOf(bytes, (int) Math.min(roomy, Math.min(mostBytes(), LENGTH_MAX)));
        }
    }

    /** Undoes everything. */
    void putBack(ReadBuffer buffer) {
        buffer.pushBack(bytes, count);
        bytes = NOTHING;
        count = 0;
    }

    byte[] toArray() {
        return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    }
}
