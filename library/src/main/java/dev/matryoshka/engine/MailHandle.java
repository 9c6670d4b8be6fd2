package dev.matryoshka.engine;

import dev.matryoshka.loop.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What the poster of a callback gets: where in the {@link Inbox} it lies. Any thread.
 *
 * <p>It does not travel. What the loop needs is in the place, and the handle is made beside it: whoever does not keep it pays nothing,
 * as the compiler sees that it goes nowhere and does not make it. A place is used once, so that what it holds tells all:
 *
 * <pre>
 *   the callback ── cancel() ──▶ CANCELLED, for good
 *        └───────── its run ───▶ null, for good
 * </pre>
 *
 * <p>The loop looks and then stores null, without an atomic exchange: that would wait for a cache line which mostly lies with another
 * core, and let no other of these waits overlap with it (docs/design/0019-inbox.md). So a cancel that comes from another thread in this
 * instant may believe that it has won; the store of the run then says otherwise, for good. Where who cancels must know at once, as who
 * posts into a loop that is being closed, the loop uses {@link #take()}.
 *
 * <p>Two handles of one place are equal: what a report shows as the handle is made for the report.
 */
final class MailHandle implements Handle {
    /** Stays in the place of a callback that was cancelled. */
    static final Object CANCELLED = new Object();

    /** Takes the place of a callback that a closed loop dropped: its poster can still take it back. */
    private static final Runnable DROPPED = () -> {};

    /** Of the chunk, which is not held: only the places are, a kilobyte, whose other callbacks go when they have run. */
    final @Nullable Object[] places;

    final int place;

    /** For a report, what was taken out of the place; else null. */
    private @Nullable Runnable running;

    MailHandle(@Nullable Object[] places, int place) {
        this(places, place, null);
    }

    /** @param running what ran, for as long as a report names it */
    MailHandle(@Nullable Object[] places, int place, @Nullable Runnable running) {
        this.places = places;
        this.place = place;
        this.running = running;
    }

    @Override
    public void cancel() {
        tryCancel(places, place);
    }

    /**
     * Whether this call is the reason why it will never run. On the loop always true to the word, elsewhere only against
     * {@link #take()}.
     */
    static boolean tryCancel(@Nullable Object[] places, int place) {
        for (Object mail; (mail = InboxChunk.look(places, place)) instanceof Runnable; ) {
            if (InboxChunk.PLACE.compareAndSet(places, place, mail, CANCELLED)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean isCancelled() {
        return look() == CANCELLED;
    }

    /** Loop thread: the callback, which nobody can cancel any more; null when somebody has. */
    @Nullable
    Runnable take() {
        return look() instanceof Runnable body && InboxChunk.PLACE.compareAndSet(places, place, body, null)
                ? body
                : null;
    }

    /** After the end of the loop: lets go of the callback, which will not run, and leaves the rest to its poster. */
    void drop() {
        if (look() instanceof Runnable body) {
            InboxChunk.PLACE.compareAndSet(places, place, body, DROPPED); // if not, it was cancelled
        }
    }

    /** After the report: what the callback holds does not outlive its turn. */
    void forget() {
        running = null;
    }

    private @Nullable Object look() {
        return InboxChunk.look(places, place);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MailHandle handle && handle.places == places && handle.place == place;
    }

    @Override
    public int hashCode() {
        return 31 * System.identityHashCode(places) + place;
    }

    @Override
    public String toString() {
        Object mail = look();
        return "Handle[" + (mail == CANCELLED ? "cancelled" : mail == null ? running : mail) + "]";
    }
}
