package dev.matryoshka.engine;

import java.time.Instant;

/**
 * The date and time of this system, for what is written down for people and other programs. Nothing here may depend on it:
 * it jumps. What is to be measured or waited for asks the loop's clock. Any thread.
 */
public final class SystemClock {
    private SystemClock() {}

    /** Now, as the system has it. */
    public static Instant now() {
        return Instant.now();
    }
}
