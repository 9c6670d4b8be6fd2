package dev.matryoshka.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An interrupt of the loop's platform thread on its way to who wants it. The flag of the thread cannot keep it: the JDK takes it off
 * when a virtual thread is mounted, and a standing one would turn every wait into a spin.
 *
 * <pre>
 *   noted ──▶ offered ── taken ──▶ gone
 *     └──────────┴── nobody wants it ──▶ noted, until the run is over; then it stands on the thread again
 * </pre>
 */
final class Interrupts {
    /** Set by any thread; given up by the pass that offers it, or by who gives it back. */
    private final AtomicBoolean noted = new AtomicBoolean();

    private @Nullable BooleanSupplier taker;

    Interrupts() {}

    /**
     * What an interrupt means to a run. By who has just become the loop's thread, or is about to leave it.
     *
     * @param taker answers on the loop whether it took it, and is asked again in the next pass if not; null when nobody wants it
     */
    void offerTo(@Nullable BooleanSupplier taker) {
        this.taker = taker;
    }

    /** Any thread. */
    void note() {
        noted.set(true);
    }

    /** On the loop: whether there is one, and somebody to be asked. */
    boolean isDue() {
        return taker != null && noted.get();
    }

    /** On the loop: asks the one who may want it. */
    void offer() {
        noted.set(false);
        if (taker != null && !taker.getAsBoolean()) {
            noted.set(true);
        }
    }

    /** Any thread, when the run is over: whether the caller has to give one back to the thread. True once for each. */
    boolean takeBack() {
        return noted.getAndSet(false);
    }
}
