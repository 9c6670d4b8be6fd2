package dev.matryoshka.engine;

import java.lang.ref.Cleaner;

/**
 * Tells when something was dropped that should have been looked at or closed. One daemon thread for the JVM, made at the
 * first registration. It only tells: no descriptor is ever closed from here, since its number may be somebody else's by then.
 */
public final class Leftovers {
    private static final Cleaner CLEANER = Cleaner.create(
            Thread.ofPlatform().daemon().name("matryoshka-cleaner").factory());

    private Leftovers() {}

    /** Runs {@code told} once {@code object} is unreachable, some time later, on a foreign thread. Any thread. */
    public static void whenDropped(Object object, Runnable told) {
        CLEANER.register(object, told);
    }
}
