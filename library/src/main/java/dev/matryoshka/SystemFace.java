package dev.matryoshka;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.process.Signal;
import dev.matryoshka.process.Signals;

/**
 * The part of {@link EventLoop} that deals with the system around: signals, and other processes. Each method is one call into
 * the package {@code process}, which says all the rest. Loop thread only.
 */
public sealed interface SystemFace extends Loop permits EventLoop {
    /** Calls back at each arrival of a signal (asyncio {@code add_signal_handler}); see {@link Signals#addSignalHandler}. */
    default void addSignalHandler(Signal signal, Runnable callback) {
        Signals.addSignalHandler(this, signal, callback);
    }

    /** Takes a handler back (asyncio {@code remove_signal_handler}); see {@link Signals#removeSignalHandler}. */
    default boolean removeSignalHandler(Signal signal) {
        return Signals.removeSignalHandler(this, signal);
    }
}
