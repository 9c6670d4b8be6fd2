package dev.matryoshka.kernel.memory;

import java.nio.ByteBuffer;

/**
 * The bytes of one direction that were sent and not yet received, in a ring. Guarded by the network's lock.
 *
 * <p>It grows with what is in it up to the capacity that each write names; so ten thousand idle connections cost nothing, and
 * a window may change while bytes are inside.
 */
final class Pipe {
    private static final int FIRST_BYTES = 1024;
    private static final byte[] NOTHING = {};

    private PipeState state = PipeState.OPEN;
    private byte[] ring = NOTHING;

    /** Where the oldest byte lies. */
    private int head;

    private int size;

    PipeState state() {
        return state;
    }

    /** How many bytes are inside. */
    int size() {
        return size;
    }

    boolean isOpen() {
        return state == PipeState.OPEN;
    }

    /**
     * Takes bytes from {@code source[index, index + length)}; its position stays.
     *
     * @param capacity how many may be inside; may be less than there are
     * @return how many were taken, 0 when full
     */
    int write(ByteBuffer source, int index, int length, int capacity) {
        int count = Math.clamp(capacity - size, 0, length);
        makeRoom(count, capacity);
        int tail = head + size < ring.length ? head + size : head + size - ring.length;
        int first = Math.min(count, ring.length - tail);
        source.get(index, ring, tail, first);
        source.get(index + first, ring, 0, count - first);
        size += count;
        return count;
    }

    private void makeRoom(int count, int capacity) {
        int needed = size + count;
        if (needed <= ring.length) {
            return;
        }
        int doubled = (int) Math.min(2L * needed, capacity);
        byte[] larger = new byte[Math.max(Math.max(doubled, needed), Math.min(FIRST_BYTES, capacity))];
        int first = Math.min(size, ring.length - head);
        System.arraycopy(ring, head, larger, 0, first);
        System.arraycopy(ring, 0, larger, first, size - first);
        ring = larger;
        head = 0;
    }

    /** Moves at most {@code length} bytes to {@code target[index, ...)}; its position stays. */
    int read(ByteBuffer target, int index, int length) {
        int count = Math.min(length, size);
        int first = Math.min(count, ring.length - head);
        target.put(index, ring, head, first);
        target.put(index + first, ring, 0, count - first);
        size -= count;
        head = size == 0 ? 0 : (head + count) % ring.length;
        return count;
    }

    /** The writer will add nothing more. */
    void end() {
        state = state.to(PipeState.ENDED);
    }

    /** @param arrivedBytes how many of the oldest bytes the reader may still have; the rest was under way and is lost */
    void reset(int arrivedBytes) {
        state = state.to(PipeState.RESET);
        size = Math.min(size, arrivedBytes);
    }

    @Override
    public String toString() {
        return state + ":" + size;
    }
}
