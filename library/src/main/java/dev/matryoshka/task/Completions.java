package dev.matryoshka.task;

import java.util.Collection;
import java.util.NoSuchElementException;

/**
 * Tasks in the order in which they end; see {@link Tasks#asCompleted}. Loop thread only, for one task. It may be left before
 * its end; the tasks go on.
 *
 * @param <T> the tasks
 */
public final class Completions<T extends Task<?>> {
    private final Ends<T> ends;

    Completions(Collection<T> tasks) {
        this.ends = new Ends<>("asCompleted", tasks);
    }

    /** Whether there is a task that was not given out. */
    public boolean hasNext() {
        return !ends.isExhausted();
    }

    /**
     * Parks until one more task has ended; how it ended, its {@code await()} tells at once.
     *
     * @throws NoSuchElementException all have been given out
     * @throws InterruptedException the caller was cancelled; the next call gives out what this one would have
     */
    @Parks
    public T next() throws InterruptedException {
        Task.requireCurrent("next");
        if (ends.isExhausted()) {
            throw new NoSuchElementException("every task was given out");
        }
        ends.await();
        T task = ends.poll();
        if (task == null) {
            throw new IllegalStateException("two tasks share one Completions");
        }
        return task;
    }
}
