package dev.matryoshka.cli.echo;

import java.nio.ByteBuffer;

/**
 * Finds newlines, eight bytes at a time: a byte of {@code ((x & 0x7F..7F) + 0x7F..7F) | x} has its top bit clear exactly
 * where {@code x} has a zero byte, and no carry crosses bytes, so it works in the buffer's own big-endian order.
 */
final class Newlines {
    private static final long PATTERN = 0x0A0A_0A0A_0A0A_0A0AL;
    private static final long LOW_SEVEN = 0x7F7F_7F7F_7F7F_7F7FL;

    private Newlines() {}

    /**
     * Where the first newline in {@code [from, to)} is, or -1. Absolute indexes; the limit must cover them.
     *
     * @param bytes in big-endian order, as every buffer is made
     */
    static int find(ByteBuffer bytes, int from, int to) {
        int at = from;
        for (int lastWord = to - Long.BYTES; at <= lastWord; at += Long.BYTES) {
            long x = bytes.getLong(at) ^ PATTERN;
            long marks = ~(((x & LOW_SEVEN) + LOW_SEVEN) | x | LOW_SEVEN);
            if (marks != 0) {
                return at + (Long.numberOfLeadingZeros(marks) >>> 3);
            }
        }
        for (; at < to; at++) {
            if (bytes.get(at) == '\n') {
                return at;
            }
        }
        return -1;
    }
}
