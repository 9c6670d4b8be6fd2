package dev.matryoshka.engine;

import org.jspecify.annotations.Nullable;

/**
 * First in, first out, for one thread: a growable ring without a lock or a node per entry. Loop thread only.
 *
 * <p>Why not ArrayDeque: the same, but this one lets go of its memory after a burst, so a loop that once held a million
 * callbacks does not hold the ring for ever.
 */
final class ReadyQueue<E> {
    private static final int SMALLEST = 64;

    /** A ring larger than this shrinks back to the smallest once it runs empty. */
    private static final int KEPT = 8192;

    private @Nullable Object[] ring = new Object[SMALLEST];
    private int head;
    private int size;
    private long taken;

    void add(E entry) {
        if (size == ring.length) {
            grow();
        }
        ring[(head + size) & (ring.length - 1)] = entry;
        size++;
    }

    /** The oldest entry, or null when empty. */
    @SuppressWarnings("unchecked")
    @Nullable
    E poll() {
        if (size == 0) {
            return null;
        }
        E entry = (E) ring[head];
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
        taken++;
        if (--size == 0 && ring.length > KEPT) {
            ring = new Object[SMALLEST];
            head = 0;
        }
        return entry;
    }

    int size() {
        return size;
    }

    /** How many were ever taken out. */
    long taken() {
        return taken;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void clear() {
        ring = new Object[SMALLEST];
        head = 0;
        size = 0;
    }

    private void grow() {
        @Nullable Object[] larger = new Object[ring.length << 1];
        int tail = ring.length - head;
        System.arraycopy(ring, head, larger, 0, tail);
        System.arraycopy(ring, 0, larger, tail, head);
        ring = larger;
        head = 0;
    }
}
