package dev.matryoshka.engine;

import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.TimerHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The orderly end of a loop: {@code begin, awaitTasks, close}, in this order, each once, by one platform thread while the loop
 * does not run otherwise. The readers may be called from any thread.
 *
 * <p>As long as tasks work in order to end the door stays open, or what they wait for would not reach them: a look-up, a job, a cancel.
 * It is shut before the last passes, so that what other threads bring either came in before and still runs, or is refused in the face
 * of its bringer: nothing lies in the inbox of a loop that is gone.
 */
public final class Ending {
    /** Passes for the last callbacks: those of an abort need two; more only if they schedule on and on. */
    private static final int LAST_PASSES_MAX = 16;

    private final LoopEngine engine;

    /** Who has the loop: one that runs it, or the one that ends it. */
    final Occupancy occupancy;

    private final AtomicReference<LoopPhase> phase = new AtomicReference<>(LoopPhase.OPEN);

    /** What outer layers hold outside of the loop and have to let go when it ends; loop thread only. */
    private final List<AutoCloseable> held = new ArrayList<>();

    private final List<Runnable> afterwards = new CopyOnWriteArrayList<>();

    Ending(LoopEngine engine, String name) {
        this.engine = engine;
        this.occupancy = new Occupancy(name);
    }

    /** Any thread, which found the door shut: only what the last callbacks post themselves comes in. */
    void admit() {
        if (refusesCaller()) {
            throw new LoopClosedException(engine.name());
        }
    }

    /**
     * Any thread, which found the door shut behind what it has put: that either runs, or comes back.
     *
     * @param places with the place, where it lies; not the handle, or the compiler would have to make one for every post to have it here
     */
    void takeBack(@Nullable Object[] places, int place) {
        if (refusesCaller() && MailHandle.tryCancel(places, place)) {
            throw new LoopClosedException(engine.name());
        }
    }

    private boolean refusesCaller() {
        return isClosed() || !engine.isLoopThread();
    }

    boolean isClosed() {
        return phase.get() == LoopPhase.CLOSED;
    }

    /** Any thread: whether a task that comes from outside is too late to be cancelled with the others. */
    public boolean hasBegun() {
        return phase.get().isAtLeast(LoopPhase.ENDING);
    }

    /** Any thread: whether no task at all must start any more, because nobody would end it. */
    public boolean isLast() {
        return phase.get().isAtLeast(LoopPhase.LAST);
    }

    /**
     * Takes the loop. The caller becomes its thread.
     *
     * @return false when another thread is closing the loop, or has
     * @throws IllegalStateException the loop runs, or the caller is a virtual thread
     */
    public boolean begin() {
        if (engine.isRunning()) {
            throw new IllegalStateException("cannot close a running event loop: " + engine.name());
        }
        PlatformThread.require();
        if (!occupancy.beginEnd()) {
            return false;
        }
        phase.set(LoopPhase.ENDING);
        engine.members().enter(Thread.currentThread());
        return true;
    }

    /**
     * Turns until every task has ended; none starts any more then. The caller has cancelled them; one that does not listen is left
     * behind.
     *
     * @return whether all have ended
     */
    public boolean awaitTasks(long nanosMax) {
        Members members = engine.members();
        if (members.taskCount() > 0) {
            members.whenNoTasks(engine::stop);
            try {
                turnUntil(() -> members.taskCount() == 0, nanosMax, null);
            } finally {
                members.whenNoTasks(null);
            }
        }
        phase.set(LoopPhase.LAST);
        return members.taskCount() == 0;
    }

    /**
     * Turns the loop until something is true or the time is over. Whatever makes it true stops the loop.
     *
     * @param onInterrupt see {@link Interrupts#offerTo}
     */
    void turnUntil(BooleanSupplier over, long nanosMax, @Nullable BooleanSupplier onInterrupt) {
        boolean[] late = new boolean[1];
        TimerHandle limit = engine.callLater(nanosMax, () -> {
            late[0] = true;
            engine.stop();
        });
        try {
            do {
                engine.runForever(onInterrupt);
            } while (!over.getAsBoolean() && !late[0]);
        } finally {
            limit.cancel();
        }
    }

    /** Closes something with the loop, after its tasks have ended; loop thread only. What it throws is reported. */
    public void atClose(AutoCloseable thing) {
        held.add(thing);
    }

    /** Takes one {@link #atClose} back. */
    public void forget(AutoCloseable thing) {
        held.remove(thing);
    }

    private void closeHeld() {
        for (AutoCloseable thing : List.copyOf(held)) {
            try {
                thing.close();
            } catch (Exception escaped) {
                engine.reporter().report("Exception while closing the loop", escaped, "handle", thing);
            }
        }
        held.clear();
    }

    /**
     * Shuts the door to other threads, takes what came in before, aborts what is open, delivers the last callbacks, closes the kernel,
     * whatever fails meanwhile, or has failed before.
     */
    public void close() {
        if (!hasBegun() || isClosed()) {
            throw new IllegalStateException("event loop '" + engine.name() + "' is not about to end");
        }
        phase.set(LoopPhase.LAST);
        try {
            engine.shutDoor();
            engine.takeLastMail();
            closeHeld();
            engine.callSoon(engine::abortChannels);
            for (int pass = 0; pass < LAST_PASSES_MAX && engine.hasLastWork(); pass++) {
                engine.callSoon(engine::stop);
                engine.runForever();
            }
        } finally {
            phase.set(LoopPhase.CLOSED);
            try {
                engine.letGo();
            } finally {
                afterwards.forEach(Runnable::run);
            }
        }
    }

    /** Any thread: runs once the loop is closed, on the thread that closes it. It must not throw. */
    public void whenClosed(Runnable action) {
        afterwards.add(action);
    }
}
