package dev.matryoshka.engine;

import dev.matryoshka.loop.LoopClosedException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * That one thread at a time has a loop to itself, to run it or to end it: two of them would each take the other's steps. Any thread;
 * nobody waits.
 *
 * <pre>
 *   free ◀──▶ RUNNING
 *     └─────▶ the thread that ends it, for good; it alone runs the loop from then on
 * </pre>
 */
final class Occupancy {
    private static final Object RUNNING = new Object();

    private final String name;

    /** Null, {@link #RUNNING}, or the thread that ends the loop: one variable, so that two threads never both find it free. */
    private final AtomicReference<@Nullable Object> occupant = new AtomicReference<>();

    /** Written by the thread that ends the loop, while it runs it. */
    private volatile boolean runsToItsEnd;

    /** @param name of the loop */
    Occupancy(String name) {
        this.name = name;
    }

    boolean isRunning() {
        return occupant.get() == RUNNING || runsToItsEnd;
    }

    /**
     * Followed by {@link #endRun}.
     *
     * @throws IllegalStateException another thread runs it
     * @throws LoopClosedException another thread ends it
     */
    void beginRun() {
        Object other = occupant.compareAndExchange(null, RUNNING);
        if (other == RUNNING) {
            throw new IllegalStateException("this event loop is already running: " + name);
        }
        if (other == Thread.currentThread()) {
            runsToItsEnd = true;
        } else if (other != null) {
            throw new LoopClosedException(name);
        }
    }

    void endRun() {
        runsToItsEnd = false;
        occupant.compareAndSet(RUNNING, null);
    }

    /**
     * The caller has the loop from here on.
     *
     * @return false when a thread is ending it already
     * @throws IllegalStateException it is running
     */
    boolean beginEnd() {
        Object other = occupant.compareAndExchange(null, Thread.currentThread());
        if (other == RUNNING) {
            throw new IllegalStateException("cannot close a running event loop: " + name);
        }
        return other == null;
    }
}
