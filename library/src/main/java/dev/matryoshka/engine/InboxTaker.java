package dev.matryoshka.engine;

import org.jspecify.annotations.Nullable;

/** What the taker of an {@link Inbox} writes, two cache lines away from what others read: processors fetch pairs of them. */
abstract class InboxTaker extends Isolated {
    /** The chunk where the next entry lies, or will. */
    InboxChunk oldest = new InboxChunk();

    /** Its places, here too: the chunk itself lies on the line of the claims. */
    @Nullable
    Object[] places = oldest.places;

    /** The place of the next entry. */
    int next;

    @SuppressWarnings("unused")
    private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15;
}
