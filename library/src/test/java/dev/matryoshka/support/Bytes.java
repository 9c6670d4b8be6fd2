package dev.matryoshka.support;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Content that shows when a piece of it is missing, double or in the wrong place. */
public final class Bytes {
    private Bytes() {}

    /** Always the same {@code count} bytes, without a period. */
    public static byte[] numbered(int count) {
        byte[] bytes = new byte[count];
        new SplittableRandom(count).nextBytes(bytes);
        return bytes;
    }

    /** The same in a direct buffer. */
    public static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** A direct buffer whose memory has been given back to the system: to touch it is a mistake. */
    public static ByteBuffer freed(int count) {
        try (Arena arena = Arena.ofShared()) {
            return arena.allocate(count).asByteBuffer();
        }
    }

    /** A window over a part. */
    public static ByteBuffer part(byte[] bytes, int from, int to) {
        return ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, to));
    }
}
