package dev.matryoshka.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** Some places of an {@link Inbox}, each used once, and the chunk after it. */
final class InboxChunk {
    /** A kilobyte for a loop that nobody posts to; one allocation of that size for as many posts. */
    static final int PLACES = 256;

    /** Stands where a chunk that the taker has left was linked to the next. */
    static final InboxChunk GONE = new InboxChunk();

    private static final VarHandle CLAIMED;
    private static final VarHandle AFTER;
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Object[].class);

    static {
        try {
            CLAIMED = MethodHandles.lookup().findVarHandle(InboxChunk.class, "claimed", int.class);
            AFTER = MethodHandles.lookup().findVarHandle(InboxChunk.class, "after", InboxChunk.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    final @Nullable Object[] places = new Object[PLACES];

    /** Claims so far; more than there are places once somebody found it full. */
    private volatile int claimed;

    private volatile @Nullable InboxChunk after;

    /** Any thread: false when it is full. The claim is a full fence. */
    boolean put(Object entry) {
        int place = (int) CLAIMED.getAndAdd(this, 1);
        if (place >= PLACES) {
            return false;
        }
        PLACE.setRelease(places, place, entry);
        return true;
    }

    /** Taker only: the entry of a place, which it leaves empty; null when it is not claimed, or claimed but not filled. */
    static @Nullable Object take(@Nullable Object[] places, int place) {
        Object entry = PLACE.getAcquire(places, place);
        if (entry != null) {
            places[place] = null;
        }
        return entry;
    }

    /** Whether somebody claimed a place that the taker, who stands at this one, has not emptied. */
    boolean isClaimed(int place) {
        return claimed > place;
    }

    /**
     * Taker only, when the newest chunk is another. The link goes, or a chunk that has grown old and died would keep those after it,
     * and these the next, from being collected young.
     */
    void leave() {
        after = GONE;
    }

    /** Any thread: the chunk after this, made if need be; {@link #GONE} when the taker has left this one. */
    InboxChunk successor() {
        InboxChunk successor = after;
        if (successor == null) {
            InboxChunk fresh = new InboxChunk();
            successor = (InboxChunk) AFTER.compareAndExchange(this, null, fresh);
            if (successor == null) {
                successor = fresh;
            }
        }
        return successor;
    }

    /** Entries from a place on, of this chunk and those after it; elsewhere than at the taker a little old. */
    int countFrom(int place) {
        int count = 0;
        int from = place;
        for (InboxChunk chunk = this; chunk != null && chunk != GONE; chunk = chunk.after, from = 0) {
            count += Math.max(0, Math.min(chunk.claimed, PLACES) - from);
        }
        return count;
    }
}
