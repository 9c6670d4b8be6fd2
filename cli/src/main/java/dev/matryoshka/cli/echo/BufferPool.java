package dev.matryoshka.cli.echo;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Memory to receive into for tasks, which, unlike callbacks, keep their buffer while they wait. 10,000 connections with
 * 256 KiB each would be 2.5 GiB; so everybody waits with a small buffer, and only those get a large one whose last receive
 * filled theirs, as long as there are some. Loop thread only.
 */
final class BufferPool {
    /** One small request and its answer; what 10,000 idle connections can afford. */
    static final int SMALL_BYTES = 4 * 1024;

    /** What a transport reads at most at once. */
    static final int LARGE_BYTES = 256 * 1024;

    /** 64 MiB; more connections than that at a time are served in small bites. */
    private static final int LARGE_MAX_COUNT = 256;

    private final ArrayDeque<ByteBuffer> small = new ArrayDeque<>();
    private final ArrayDeque<ByteBuffer> large = new ArrayDeque<>();
    private int largeOut;

    /** A small buffer, empty. */
    ByteBuffer takeSmall() {
        ByteBuffer free = small.poll();
        return free != null ? free : ByteBuffer.allocateDirect(SMALL_BYTES);
    }

    /** Whether a large one can be had. */
    boolean hasLarge() {
        return largeOut < LARGE_MAX_COUNT;
    }

    /** A large buffer, empty. */
    ByteBuffer takeLarge() {
        largeOut++;
        ByteBuffer free = large.poll();
        return free != null ? free : ByteBuffer.allocateDirect(LARGE_BYTES);
    }

    static boolean isLarge(ByteBuffer buffer) {
        return buffer.capacity() == LARGE_BYTES;
    }

    /** Takes a buffer back, of either kind. The last one given is the first one taken: it is warm. */
    void giveBack(ByteBuffer buffer) {
        if (isLarge(buffer)) {
            largeOut--;
            large.push(buffer.clear());
        } else {
            small.push(buffer.clear());
        }
    }

    /** The buffer to receive into next, after one receive; empty. */
    ByteBuffer fitting(ByteBuffer buffer, int received) {
        if (!isLarge(buffer) && received == SMALL_BYTES && hasLarge()) {
            giveBack(buffer);
            return takeLarge();
        }
        if (isLarge(buffer) && received < SMALL_BYTES) {
            giveBack(buffer);
            return takeSmall();
        }
        return buffer.clear();
    }
}
