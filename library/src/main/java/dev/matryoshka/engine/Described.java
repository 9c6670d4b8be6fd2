package dev.matryoshka.engine;

import org.jspecify.annotations.Nullable;

/**
 * Something that a loop holds and that can say what it is: the listener of a channel, a server. The engine knows none
 * of them; whoever looks into a loop asks each for its own value.
 */
public interface Described {
    /** Adds one value or none. On the loop thread; changes nothing. */
    void describe(Inspection into);

    /** In debug mode where it was made, else null. */
    default @Nullable Origin origin() {
        return null;
    }
}
