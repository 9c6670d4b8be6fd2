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

    /** An element of {@link #places}. */
    static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Object[].class);

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

    /** Any thread: a place that is the caller's to fill; none of them when the chunk is full. The claim is a full fence. */
    int claim() {
        return (int) CLAIMED.getAndAdd(this, 1);
    }

    /** Any thread, which has claimed it. */
    void fill(int place, Object entry) {
        PLACE.setRelease(places, place, entry);
    }

    /** Any thread: the entry of a place; null when it is not claimed, claimed but not filled, or emptied. */
    static @Nullable Object look(@Nullable Object[] places, int place) {
        return PLACE.getAcquire(places, place);
    }

    /** Taker only, after its look, against which no cancel that comes now has a chance: see {@link MailHandle}. */
    static void empty(@Nullable Object[] places, int place) {
        PLACE.setRelease(places, place, null);
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
