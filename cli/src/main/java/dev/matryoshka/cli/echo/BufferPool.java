package dev.matryoshka.cli.echo;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Memory to receive into for tasks, which, unlike callbacks, may have to keep it while they wait: for a peer that does not read, or
 * for the rest of a line. 10,000 connections with 256 KiB each would be 2.5 GiB; so there are only some large ones, and who finds
 * none gets the next size. Who keeps one for long begins with a small one, and gets the next size by filling it. Loop thread only.
 */
final class BufferPool {
    /** One small request and its answer; what 10,000 idle connections can afford. */
    static final int SMALL_BYTES = 4 * 1024;

    /** What a thousand busy connections can afford: 64 MiB for two thousand. */
    static final int MEDIUM_BYTES = 32 * 1024;

    /** What a transport reads at most at once: 32 MiB for 128. */
    static final int LARGE_BYTES = 256 * 1024;

    /** Connections beyond these are served in smaller bites; a size of its own for each, or the large ones would leave nothing. */
    static final int MEDIUM_MAX_COUNT = 2048;

    static final int LARGE_MAX_COUNT = 128;

    private final Size small = new Size(SMALL_BYTES, Integer.MAX_VALUE);
    private final Size medium = new Size(MEDIUM_BYTES, MEDIUM_MAX_COUNT);
    private final Size large = new Size(LARGE_BYTES, LARGE_MAX_COUNT);

    /**
     * All buffers of one size: a stack. A place keeps the buffer that was taken from it, so to give back the last one taken, which is
     * what an echo does, writes no reference.
     */
    private static final class Size {
        private final int byteCount;
        private final int outMax;
        private @Nullable ByteBuffer[] stack = new ByteBuffer[4];
        private int freeCount;
        private int out;

        Size(int byteCount, int outMax) {
            this.byteCount = byteCount;
            this.outMax = outMax;
        }

        boolean isLeft() {
            return out < outMax;
        }

        ByteBuffer take() {
            ByteBuffer last = freeCount > 0 ? stack[--freeCount] : null;
            ByteBuffer taken = last != null ? last : ByteBuffer.allocateDirect(byteCount);
            out++; // not before: there may be no memory
            return taken;
        }

        void giveBack(ByteBuffer buffer) {
            out--;
            buffer.clear();
            if (freeCount == stack.length) {
                stack = Arrays.copyOf(stack, 2 * freeCount);
            }
            if (stack[freeCount] != buffer) {
                stack[freeCount] = buffer;
            }
            freeCount++;
        }
    }

    /** The largest that is left, empty: for who gives it back at once, mostly. */
    ByteBuffer takeLargest() {
        return (large.isLeft() ? large : medium.isLeft() ? medium : small).take();
    }

    /** A small buffer, empty. */
    ByteBuffer takeSmall() {
        return small.take();
    }

    /** Takes a buffer back, of any size. The last one given is the first one taken: it is warm. */
    void giveBack(ByteBuffer buffer) {
        Size size = switch (buffer.capacity()) {
            case SMALL_BYTES -> small;
            case MEDIUM_BYTES -> medium;
            default -> large;
        };
        size.giveBack(buffer);
    }

    /** Whether the next size can be had. */
    boolean hasLarger(ByteBuffer buffer) {
        return buffer.capacity() < LARGE_BYTES && next(buffer).isLeft();
    }

    /** A buffer of the next size, empty, beside a small or medium one. Who needs it to go on at all may pass the limit. */
    ByteBuffer takeLarger(ByteBuffer buffer) {
        return next(buffer).take();
    }

    private Size next(ByteBuffer buffer) {
        return buffer.capacity() == SMALL_BYTES ? medium : large;
    }

    /** The buffer to receive into next, after one receive; empty. */
    ByteBuffer fitting(ByteBuffer buffer, int received) {
        boolean grow = received == buffer.capacity() && hasLarger(buffer);
        boolean shrink = received < SMALL_BYTES && buffer.capacity() > SMALL_BYTES;
        if (!grow && !shrink) {
            return buffer.clear();
        }
        ByteBuffer fitting = grow ? takeLarger(buffer) : takeSmall();
        giveBack(buffer);
        return fitting;
    }
}
