package dev.matryoshka.task;

import dev.matryoshka.engine.Instants;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.loop.Handle;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ends of several tasks, as they come, for one task that waits for them. It is told inside each end, so an end that is
 * there is never waited for, and many of them cost one wake-up. Loop thread only.
 */
final class Ends<T extends Task<?>> implements Consumer<Task<?>>, AutoCloseable {
    private final LoopEngine engine;
    private final Set<T> open = new LinkedHashSet<>();

    /** A set, because of a task that is given twice; in the order of their ends. */
    private final SequencedSet<T> ended = new LinkedHashSet<>();

    private final Waiter waiter = new Waiter(this);
    private @Nullable Handle timer;
    private boolean over;

    /**
     * Each task counts once.
     *
     * @throws IllegalArgumentException a task of another loop
     */
    Ends(String method, Collection<T> tasks) {
        Task<?> caller = Task.requireCurrent(method);
        engine = caller.engine();
        for (T task : tasks) {
            if (task.engine() != engine) {
                throw new IllegalArgumentException(method + ": a task of another loop: " + task);
            }
            if (task == caller) {
                throw new IllegalArgumentException(method + ": a task cannot wait for itself: " + task);
            }
        }
        for (T task : tasks) {
            if (task.isDone()) {
                ended.add(task);
            } else if (open.add(task)) {
                task.addJoiner(this);
            }
        }
    }

    @Override
    @SuppressWarnings("unchecked") // it is among those of the constructor
    public void accept(Task<?> task) {
        open.remove(task);
        ended.add((T) task);
        waiter.signal();
    }

    /** Waits no longer than this; zero or negative: up to the next pass. */
    void limit(Duration timeout) {
        timer = engine.callLater(Instants.delayNanos(timeout), () -> {
            over = true;
            waiter.signal();
        });
    }

    boolean isOver() {
        return over;
    }

    /** The next end, or null when none is there yet. */
    @Nullable
    T poll() {
        return ended.isEmpty() ? null : ended.removeFirst();
    }

    /** Whether every task has ended, and every end has been polled. */
    boolean isExhausted() {
        return open.isEmpty() && ended.isEmpty();
    }

    /** Those that have not ended, in the order in which they were given. */
    Set<T> open() {
        return open;
    }

    /**
     * Parks until an end is there, or the time is over.
     *
     * @throws InterruptedException the caller was cancelled; no end was taken
     */
    void await() throws InterruptedException {
        while (ended.isEmpty() && !open.isEmpty() && !over) {
            waiter.await();
        }
    }

    @Override
    public void close() {
        open.forEach(task -> task.removeJoiner(this));
        if (timer != null) {
            timer.cancel();
        }
    }

    /** What the one who waits here is said to wait for. */
    @Override
    public String toString() {
        return "the end of " + open.size() + " tasks";
    }
}
