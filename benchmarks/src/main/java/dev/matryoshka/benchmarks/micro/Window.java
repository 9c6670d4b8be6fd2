package dev.matryoshka.benchmarks.micro;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What one thread has under way on a loop, at most {@value #UNDER_WAY} callbacks, so that a figure is what ran and not what was
 * put into an endless queue.
 *
 * <p>Not a semaphore: its two atomic operations per callback, on one cache line and from two cores, cost more than the queues that
 * are to be compared. Here the loop counts with an ordered store, and the poster looks at that count only when its window is used
 * up as far as it knows: mostly once per some hundred callbacks.
 */
@State(Scope.Thread)
public class Window extends PosterCounts {
    static final int UNDER_WAY = 1024;

    /** Looks before the processor is given to somebody else: two cores may have to carry four posters and a loop. */
    private static final int SPINS = 100;

    private static final VarHandle RAN;

    static {
        try {
            RAN = MethodHandles.lookup().findVarHandle(Window.class, "ran", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Written by the loop only. */
    private long ran;

    /** What is posted, the same each time: nobody's figure holds the making of a callback. */
    final Runnable callback = () -> RAN.setRelease(this, ran + 1);

    /** Before each post: waits for room. */
    void enter() {
        if (++posted - ranAtLeast > UNDER_WAY) {
            awaitRoom();
        }
    }

    private void awaitRoom() {
        for (int spin = 0; posted - (ranAtLeast = (long) RAN.getAcquire(this)) > UNDER_WAY; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }
}
