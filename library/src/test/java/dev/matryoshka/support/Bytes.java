package dev.matryoshka.support;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

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

    /** Two pieces to write, as if memory had ended between them: of two walks through the list the second breaks off. */
    public static List<ByteBuffer> breakingBehind(ByteBuffer first) {
        AtomicInteger walks = new AtomicInteger();
        return new AbstractList<>() {
            @Override
            public ByteBuffer get(int index) {
                if (index == 0) {
                    return first;
                }
                if (walks.incrementAndGet() > 1) {
                    throw new OutOfMemoryError("for the test");
                }
                return ByteBuffer.allocate(1);
            }

            @Override
            public int size() {
                return 2;
            }
        };
    }

    /** A window over a part. */
    public static ByteBuffer part(byte[] bytes, int from, int to) {
        return ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, to));
    }
}
