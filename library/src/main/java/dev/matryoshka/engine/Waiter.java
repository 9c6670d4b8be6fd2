package dev.matryoshka.engine;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where one task waits for one thing. Reusable, so a socket needs one per direction and nothing per message. Loop thread
 * only: who signals is on the same loop, so there is no race to lose.
 *
 * <p>A wait carries no value: it says "look again". Whoever is cancelled while waiting has therefore taken nothing, and
 * nothing is lost: the byte, the connection, the permit is still where it was. And whoever is cancelled when the signal is
 * there already is not interrupted here but in its next wait: the result that it waited for wins.
 */
public final class Waiter {
    /** What is waited for, for those who look; its text is made when somebody does. */
    private final @Nullable Object purpose;

    private @Nullable Thread waiting;
    private boolean signalled;

    /** For a wait that its stack explains well enough. */
    public Waiter() {
        this(null);
    }

    /** @param purpose what is waited for, with a text that any thread may ask for; kept alive while somebody waits */
    public Waiter(@Nullable Object purpose) {
        this.purpose = purpose;
    }

    /** What is waited for, or null. Any thread. */
    public @Nullable Object purpose() {
        return purpose;
    }

    /** Whether a task waits here. */
    public boolean isOccupied() {
        return waiting != null;
    }

    /**
     * Parks the calling task until {@link #signal()}. The caller has made sure that it is a task, and loops over its condition.
     *
     * @throws InterruptedException the task was cancelled before the signal; the interrupt is cleared, so it is delivered once
     */
    public void await() throws InterruptedException {
        if (waiting != null) {
            throw new IllegalStateException("another task waits here already: " + waiting.getName());
        }
        waiting = Thread.currentThread();
        signalled = false;
        try {
            while (!signalled) {
                LockSupport.park(this);
                if (!signalled && Thread.interrupted()) {
                    throw new InterruptedException("cancelled");
                }
            }
        } finally {
            waiting = null;
        }
    }

    /** Lets the waiting task go on, in this pass if it has not ended; nothing happens when none waits. */
    public void signal() {
        Thread task = waiting;
        if (task != null && !signalled) {
            signalled = true;
            LockSupport.unpark(task);
        }
    }
}
