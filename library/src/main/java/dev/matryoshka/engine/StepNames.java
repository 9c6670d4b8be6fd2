package dev.matryoshka.engine;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * In debug mode: which thread a continuation belongs to, so that a slow step can be blamed on its task by name. Loop thread
 * only.
 *
 * <p>The scheduler gets a Runnable that says nothing about its thread. But a thread's first continuation comes out of its
 * {@code start()}, on the same stack, and the JDK hands out the same one each time. Should it stop doing so, the blame falls
 * on "a task" without a name.
 */
final class StepNames {
    private boolean wanted;

    /**
     * Weak, because the JDK tells nobody when a continuation is dropped; its equality is identity. On both sides: a thread holds its
     * continuation, and a value that holds its key keeps the pair for ever.
     */
    private final Map<Runnable, WeakReference<Thread>> threads = new WeakHashMap<>();

    private @Nullable Thread starting;

    StepNames(boolean wanted) {
        this.wanted = wanted;
    }

    boolean wanted() {
        return wanted;
    }

    /** Threads that started while names were not wanted stay without one. */
    void want(boolean on) {
        wanted = on;
    }

    /** The next continuation that is scheduled belongs to this thread. */
    void starting(Thread thread) {
        if (wanted) {
            starting = thread;
        }
    }

    void scheduled(Runnable continuation) {
        if (starting != null) {
            threads.put(continuation, new WeakReference<>(starting));
            starting = null;
        }
    }

    /** Whose it is, or null: a thread that a task of this loop started by itself. */
    @Nullable
    Thread of(Runnable continuation) {
        WeakReference<Thread> thread = threads.get(continuation);
        return thread == null ? null : thread.get();
    }
}
