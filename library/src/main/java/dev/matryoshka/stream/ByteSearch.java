package dev.matryoshka.stream;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds separators. Pure functions on absolute indexes; the buffer's limit must cover them, its position does not matter, its
 * order is big-endian, as it is from birth.
 *
 * <p>A byte is looked for in eight at a time: after the exclusive-or a wanted byte is zero, and
 * {@code (x - 0x01..01) & ~x & 0x80..80} marks zero bytes. The subtraction's borrow can mark bytes above a zero one wrongly,
 * never below it, so the first byte has to be the lowest, and the lowest mark is the first match. {@code getLong} with
 * {@code reverseBytes} compiles to one plain load, and measures better on long lines than a view VarHandle.
 *
 * <p>Source: Henry S. Warren, "Hacker's Delight", 2nd edition, section 6-1.
 */
final class ByteSearch {
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final int WORD = Long.BYTES;

    private ByteSearch() {}

    /** Where a byte is first found in {@code [from, to)}, or -1. */
    static int indexOf(ByteBuffer bytes, int from, int to, byte wanted) {
        if (to - from < WORD) {
            return shortIndexOf(bytes, from, to, wanted);
        }
        long pattern = (wanted & 0xFFL) * LOW_BITS;
        int lastWord = to - WORD;
        for (int at = from; at < lastWord; at += WORD) {
            long marks = marks(bytes, at, pattern);
            if (marks != 0) {
                return at + (Long.numberOfTrailingZeros(marks) >>> 3);
            }
        }
        // The rest as one word that overlaps the one before: where they overlap there is nothing, or it had been found.
        long marks = marks(bytes, lastWord, pattern);
        return marks == 0 ? -1 : lastWord + (Long.numberOfTrailingZeros(marks) >>> 3);
    }

    private static long marks(ByteBuffer bytes, int at, long pattern) {
        long x = Long.reverseBytes(bytes.getLong(at)) ^ pattern;
        return (x - LOW_BITS) & ~x & HIGH_BITS;
    }

    private static int shortIndexOf(ByteBuffer bytes, int from, int to, byte wanted) {
        for (int at = from; at < to; at++) {
            if (bytes.get(at) == wanted) {
                return at;
            }
        }
        return -1;
    }

    /** Where a separator, of at least one byte, first begins in {@code [from, to)} and also ends in it; or -1. */
    static int indexOf(ByteBuffer bytes, int from, int to, byte[] separator) {
        int lastStart = to - separator.length;
        for (int at = from; at <= lastStart; at++) {
            at = indexOf(bytes, at, lastStart + 1, separator[0]);
            if (at < 0) {
                return -1;
            }
            if (matches(bytes, at, separator)) {
                return at;
            }
        }
        return -1;
    }

    private static boolean matches(ByteBuffer bytes, int at, byte[] separator) {
        for (int i = 1; i < separator.length; i++) {
            if (bytes.get(at + i) != separator[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * The separator whose first match ends earliest; of several that end together the shortest.
     *
     * @param clean {@code [from, clean)} was searched before without a match
     * @return where it begins and ends, or null
     */
    static @Nullable Match firstToEnd(ByteBuffer bytes, int from, int clean, int to, byte[]... separators) {
        int bestStart = -1;
        int bestEnd = to + 1;
        for (byte[] separator : separators) {
            int start = Math.max(from, clean - separator.length + 1);
            int found = indexOf(bytes, start, Math.min(to, bestEnd), separator);
            int end = found + separator.length;
            if (found >= 0 && (end < bestEnd || found > bestStart)) {
                bestStart = found;
                bestEnd = end;
            }
        }
        return bestStart < 0 ? null : new Match(bestStart, bestEnd);
    }

    /** A separator that was found: absolute indexes, the end is exclusive. */
    record Match(int start, int end) {}
}
