package dev.matryoshka.kernel;

/** A monotonic clock. Any thread. The only door to time: everything above asks the loop, and the loop asks this. */
@FunctionalInterface
public interface Clock {
    /** Nanoseconds since an arbitrary origin; compare by subtraction, as with {@link System#nanoTime()}. */
    long nanoTime();
}
