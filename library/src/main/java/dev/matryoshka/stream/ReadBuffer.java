package dev.matryoshka.stream;

import dev.matryoshka.engine.ChunkPool;
import dev.matryoshka.kernel.Chunk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that were received and not read yet: one contiguous region, so that whatever is in it can be lent without a copy.
 * Loop thread only.
 *
 * <pre>
 *   0          from                        to            capacity
 *   ├──────────┼───────────────────────────┼─────────────┤
 *   │ read,    │ unread                    │ room        │
 *   │ maybe    │      │                    │             │
 *   │ lent     │   newlineFree             │             │
 * </pre>
 *
 * The region is, by what it has to hold:
 * <ul>
 *   <li>nothing, when nothing is held: an idle connection costs no memory;
 *   <li>a 128 KiB chunk of the loop's pool, while bytes stream through;
 *   <li>a heap array of at most about twice the bytes, when a task waits for the rest of a message: ten thousand
 *       connections with half a line each must not pin ten thousand chunks;
 *   <li>a larger heap array, when one message needs more than a chunk. Not direct memory: that is freed when the collector
 *       comes round, and running out of it stops the thread.
 * </ul>
 * Bytes move to a region of at least twice their number, or to the front of a chunk whose half is free, so the copying stays
 * linear in what is received. While a window is lent its bytes stay where they are: what has to move on moves to another
 * region, and the old one is <em>retired</em> until the window ends. The same holds while a writer shares the chunk, to send a
 * window that has ended since; the chunk is then the writer's alone as soon as it is left here.
 */
final class ReadBuffer {
    static final int CHUNK_BYTES = ChunkPool.READ_BYTES;

    /** A smaller rest of a region is not worth a receive of its own while bytes can be moved cheaply instead. */
    static final int ROOM_MIN_BYTES = 4 * 1024;

    /** Heap arrays up to this size are kept for the next half line. */
    private static final int SPARE_BYTES = 256;

    private static final int LEFTOVER_MIN_BYTES = 64;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int REGION_BYTES_MAX = Integer.MAX_VALUE - 8;

    private final ChunkPool pool;

    /** The region's memory; position and limit are scratch. */
    private ByteBuffer bytes = NOTHING;

    /** The region's read-only window. */
    private ByteBuffer view = NOTHING;

    /** Set when the region is a chunk. */
    private @Nullable Chunk chunk;

    private int from;
    private int to;

    /** There is no newline in {@code [from, newlineFree)}: what was searched is not searched again. */
    private int newlineFree;

    /** A window over the present region is lent. */
    private boolean lent;

    /** The chunk of a window that is still lent although the bytes have moved on. */
    private @Nullable Chunk retired;

    /** A small array, kept for the next leftover, with its window. */
    private @Nullable ByteBuffer spare;

    private @Nullable ByteBuffer spareView;

    ReadBuffer(ChunkPool pool) {
        this.pool = pool;
    }

    int size() {
        return to - from;
    }

    boolean isEmpty() {
        return from == to;
    }

    /** Whether more than about twice the memory is held that what is unread needs, and no window needs it. */
    boolean isOversized() {
        return !lent && bytes.capacity() > SPARE_BYTES && bytes.capacity() >> 1 > to - from;
    }

    /** Whether a receive would need a larger region, because more than half of this one is unread and no room is left. */
    boolean isFull() {
        return to == bytes.capacity() && to - from > bytes.capacity() >> 1 && bytes.capacity() >= CHUNK_BYTES;
    }

    /** Bytes of memory held for what is unread or lent. For tests and for {@code toString}. */
    int retainedBytes() {
        return bytes.capacity() + (retired == null ? 0 : CHUNK_BYTES) + (spare == null ? 0 : spare.capacity());
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    /** Where to receive: at least one byte of room, followed by {@link #received}. */
    ByteBuffer room() {
        if (from == to && chunk != null && !lent) {
            rewind(); // a chunk for which nothing came: whatever was taken from it, it would have been left since
        } else if (bytes.capacity() - to < ROOM_MIN_BYTES || from == to) {
            makeRoom();
        }
        return bytes.limit(bytes.capacity()).position(to);
    }

    /** The region, when it is a chunk. */
    @Nullable
    Chunk chunk() {
        return chunk;
    }

    void received(int byteCount) {
        to += byteCount;
    }

    private void makeRoom() {
        int held = to - from;
        int capacity = bytes.capacity();
        boolean small = held <= CHUNK_BYTES >> 1;
        if (!isPinned() && held <= capacity >> 1 && (chunk != null || !small)) {
            moveToFront();
        } else if (small) {
            moveToChunk();
        } else if (to == capacity) {
            moveToHeap(Math.max(2 * CHUNK_BYTES, doubled(held)));
        }
    }

    /** A window lies over the region, or a writer has yet to send bytes of it: they stay where they are. */
    private boolean isPinned() {
        return lent || (chunk != null && chunk.isShared());
    }

    private void rewind() {
        from = 0;
        to = 0;
        newlineFree = 0;
    }

    private void moveToFront() {
        bytes.limit(to).position(from).compact();
        newlineFree = Math.max(0, newlineFree - from);
        to -= from;
        from = 0;
    }

    private void moveToChunk() {
        Chunk fresh = pool.take();
        fresh.bytes().clear().put(0, bytes.clear(), from, to - from);
        leaveRegion();
        enter(fresh.bytes(), fresh.view(), fresh);
    }

    private void moveToHeap(int capacity) {
        ByteBuffer small = spare;
        ByteBuffer smallView = spareView;
        ByteBuffer target;
        ByteBuffer targetView;
        if (small != null && smallView != null && capacity <= small.capacity()) {
            target = small;
            targetView = smallView;
            spare = null;
            spareView = null;
        } else {
            target = ByteBuffer.allocate(capacity);
            targetView = target.asReadOnlyBuffer();
        }
        target.clear().put(0, bytes.clear(), from, to - from);
        leaveRegion();
        enter(target, targetView, null);
    }

    private static int doubled(int size) {
        return size >= 1 << 30 ? REGION_BYTES_MAX : 2 * size;
    }

    /** After the unread bytes were copied to the front of another region. */
    private void enter(ByteBuffer newBytes, ByteBuffer newView, @Nullable Chunk newChunk) {
        bytes = newBytes;
        view = newView;
        chunk = newChunk;
        newlineFree = Math.max(0, newlineFree - from);
        to -= from;
        from = 0;
    }

    /** Gives the region up, or retires it while a window over it is lent. */
    private void leaveRegion() {
        if (chunk != null) {
            if (lent) {
                retired = chunk;
            } else {
                pool.giveBack(chunk);
            }
        } else if (!lent && bytes.capacity() <= SPARE_BYTES && bytes.capacity() > 0) {
            spare = bytes;
            spareView = view;
        }
        lent = false;
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    /** Takes bytes by lending a read-only window over them, valid until {@link #endLending}. */
    ByteBuffer lend(int byteCount) {
        int start = from;
        from += byteCount;
        lent = true;
        pool.lend(chunk);
        // The window is used again and again, and its last user may have preferred another order.
        return view.limit(from).position(start).order(ByteOrder.BIG_ENDIAN);
    }

    /** The window that was lent is no longer used. */
    void endLending() {
        Chunk old = retired;
        if (lent || old != null) {
            lent = false;
            pool.lend(null);
        }
        if (old != null) {
            retired = null;
            pool.giveBack(old);
        }
        releaseIfEmpty();
    }

    /** A copy of all that is unread, which stays. */
    byte[] copy() {
        byte[] unread = new byte[to - from];
        bytes.clear().get(from, unread);
        return unread;
    }

    /** What is unread will be read by nobody. */
    void clear() {
        from = to;
        releaseIfEmpty();
    }

    void copyTo(byte[] target, int offset, int byteCount) {
        bytes.clear().get(from, target, offset, byteCount);
        from += byteCount;
        releaseIfEmpty();
    }

    void copyTo(ByteBuffer target, int byteCount) {
        int position = target.position();
        target.put(position, bytes.clear(), from, byteCount).position(position + byteCount);
        from += byteCount;
        releaseIfEmpty();
    }

    /** Puts bytes back that a read took which then did not complete, in front of what came since. */
    void pushBack(byte[] source, int byteCount) {
        if (byteCount == 0) {
            return;
        }
        int held = to - from;
        ByteBuffer target = ByteBuffer.allocate(Math.addExact(byteCount, held));
        target.put(0, source, 0, byteCount).put(byteCount, bytes.clear(), from, held);
        leaveRegion();
        enter(target, target.asReadOnlyBuffer(), null);
        to = byteCount + held;
        newlineFree = 0;
    }

    // ---- searching ------------------------------------------------------------------------------------------------

    /** How many bytes the first line has, its newline included, or 0 when there is no newline. */
    int lineLength() {
        int start = Math.max(from, newlineFree);
        if (start == to) {
            return 0;
        }
        int found = ByteSearch.indexOf(bytes.clear(), start, to, (byte) '\n');
        if (found < 0) {
            newlineFree = to;
            return 0;
        }
        newlineFree = found;
        return found + 1 - from;
    }

    /** How many unread bytes are known to have no newline. */
    int searchedBytes() {
        return Math.max(0, newlineFree - from);
    }

    /**
     * The separator whose first match ends earliest, counted from the first unread byte; or null.
     *
     * @param cleanBytes so many unread bytes were searched before
     */
    ByteSearch.@Nullable Match find(int cleanBytes, byte[]... separators) {
        ByteSearch.Match match = ByteSearch.firstToEnd(bytes.clear(), from, from + cleanBytes, to, separators);
        return match == null ? null : new ByteSearch.Match(match.start() - from, match.end() - from);
    }

    // ---- memory ---------------------------------------------------------------------------------------------------

    /** Nobody reads for a while: keeps no more memory than about twice what is held. A lent window keeps its region. */
    void settle() {
        int held = to - from;
        if (held == 0) {
            releaseIfEmpty();
        } else if (isOversized()) {
            moveToHeap(leftoverBytes(held));
        }
    }

    /** The size of the array for a leftover: from {@link #ROOM_MIN_BYTES} on with room to receive into. */
    private static int leftoverBytes(int held) {
        if (held > ROOM_MIN_BYTES) {
            return 2 * held;
        }
        return Math.max(LEFTOVER_MIN_BYTES, Integer.highestOneBit(held * 2 - 1));
    }

    /** The connection is over, and nobody may come for the rest: what is unread leaves the chunk. */
    void settleForGood() {
        if (chunk != null && from < to) {
            moveToHeap(to - from);
        } else {
            releaseIfEmpty();
        }
    }

    private void releaseIfEmpty() {
        if (from == to && !lent) {
            leaveRegion();
            bytes = NOTHING;
            view = NOTHING;
            chunk = null;
            rewind();
        }
    }
}
