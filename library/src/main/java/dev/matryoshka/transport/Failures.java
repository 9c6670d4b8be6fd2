package dev.matryoshka.transport;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The rule of the house for several failures of one thing: the first is thrown, the later ones are suppressed onto it. */
final class Failures {
    private Failures() {}

    /** The first, with one more suppressed onto it. */
    static IOException join(@Nullable IOException first, IOException later) {
        if (first == null) {
            return later;
        }
        if (first != later) { // an exception refuses to suppress itself
            first.addSuppressed(later);
        }
        return first;
    }
}
