package dev.matryoshka.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Many threads put, the loop takes, in the order of their claims. A put is one atomic addition, which claims a place in an
 * array, and one store, which fills it; it never waits, and fails only for want of memory. The arrays are chunks in a chain, so
 * nothing bounds what may lie here but those who post.
 *
 * <p>Between a producer's claim and its store the place is empty for an instant: {@link #poll} then answers null although
 * something is under way. Nothing is lost by it: {@link #isEmpty()} says false, and who sleeps asks it.
 *
 * <p>Why not Vyukov's linked queue, which is half as long: what a post costs is how many cache lines go from core to core, and
 * how many of these trips can be made at once. The taker of a linked queue knows where the next entry lies only when it has this
 * one, so that the trips follow each other; sixteen places of an array come in one, and the processor runs ahead to the entries.
 * Measured: 17 against 43 ns an entry (docs/design/0019-inbox.md).
 */
public final class Inbox extends InboxTaker {
    private static final VarHandle NEWEST;

    /** Looked up here, where there is stack for it. */
    private static final Object NOBODY = MailHandle.CANCELLED;

    static {
        try {
            NEWEST = MethodHandles.lookup().findVarHandle(Inbox.class, "newest", InboxChunk.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Where producers claim; moved on by whoever finds it full. */
    private volatile InboxChunk newest = oldest;

    @SuppressWarnings("unused") // keeps what the heap has behind this object away from what producers read
    private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15;

    /**
     * Any thread. The claim is a full fence: what was written before is seen by who takes the entry. Where it throws, for want of
     * stack or memory, nothing is left but a place that is passed over.
     *
     * @return where it lies; made last, so that nobody makes it who does not want it
     */
    MailHandle put(Object entry) {
        InboxChunk chunk = newest;
        int place;
        while ((place = chunk.claim()) >= InboxChunk.PLACES) {
            chunk = after(chunk);
        }
        try {
            chunk.fill(place, entry);
            return new MailHandle(chunk.places, place);
        } catch (StackOverflowError | OutOfMemoryError failed) {
            // No call, for which there may be no room: an empty place would hold up the loop for ever.
            chunk.places[place] = NOBODY;
            throw failed;
        }
    }

    private InboxChunk after(InboxChunk full) {
        InboxChunk successor = full.successor();
        if (successor == InboxChunk.GONE) {
            return newest;
        }
        NEWEST.compareAndSet(this, full, successor); // if not, somebody else has
        return successor;
    }

    /**
     * Consumer only: the oldest entry, or null when there is none or a producer is in the middle of its put. One that was cancelled is
     * {@link MailHandle#CANCELLED}, and its place stays so; any other leaves its place empty.
     */
    public @Nullable Object poll() {
        Object entry = peek();
        if (entry != null) {
            if (entry != MailHandle.CANCELLED) {
                InboxChunk.empty(places, next);
            }
            next++;
        }
        return entry;
    }

    /** Consumer only: what {@link #poll} would give, which stays. */
    @Nullable
    Object peek() {
        return next == InboxChunk.PLACES && !moveOn() ? null : InboxChunk.look(places, next);
    }

    /** Consumer only, after a {@link #peek} that found something: goes on to the next one, and leaves it in its place. */
    MailHandle pass() {
        return new MailHandle(places, next++);
    }

    /** From a chunk that is emptied to the one after it, once somebody found it full. */
    private boolean moveOn() {
        InboxChunk emptied = oldest;
        if (!emptied.isClaimed(InboxChunk.PLACES)) {
            return false;
        }
        oldest = after(
                emptied); // made here if its finder has not come to it, for want of memory perhaps: it holds up nobody
        places = oldest.places;
        emptied.leave();
        next = 0;
        return true;
    }

    /** How many lie here; elsewhere than at the consumer a little old. */
    int size() {
        return oldest.countFrom(next);
    }

    /** Consumer only: false also while a put is half done. */
    public boolean isEmpty() {
        if (next == InboxChunk.PLACES && !moveOn()) {
            return true;
        }
        return !oldest.isClaimed(next);
    }
}
