package dev.matryoshka.engine;

import dev.matryoshka.loop.WrongThreadException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The threads that are this loop: its platform thread, the loop task, and one per task, with who owns each.
 *
 * <p>The check stands before every call of the API, so it has to cost nothing: the thread that passed last is remembered,
 * and a loop mostly sees the same one again. Foreign threads read without a lock: a foreign thread is never a key, so
 * whatever half-written table it sees, it finds nothing.
 */
public final class Members {
    private static final Object LOOP = "the loop";

    private final String loopName;
    private final IdentityHashMap<Thread, Object> owners = new IdentityHashMap<>();

    /** The last member that was seen. Any thread may read it; only equality with the reader itself counts. */
    private @Nullable Thread seen;

    /** That runs the loop, or ran or opened it and may be a virtual one then. Any thread may look whether it is itself. */
    private @Nullable Thread platform;

    private @Nullable Thread loopTask;
    private @Nullable Runnable whenNoTasks;

    Members(String loopName) {
        this.loopName = loopName;
        enter(Thread.currentThread());
    }

    /** The platform thread that runs the loop from now on; any other while it does not run. */
    void enter(Thread thread) {
        if (platform != null) {
            owners.remove(platform);
        }
        platform = thread;
        owners.put(thread, LOOP);
        seen = thread;
    }

    void addLoopTask(Thread thread) {
        loopTask = thread;
        owners.put(thread, LOOP);
    }

    void removeLoopTask(Thread thread) {
        loopTask = null;
        owners.remove(thread);
    }

    /** A task's thread, before it starts. */
    public void addTask(Thread thread, Object task) {
        owners.put(thread, task);
    }

    /** A task's thread, at its end. */
    public void removeTask(Thread thread) {
        owners.remove(thread);
        if (seen == thread) {
            seen = null;
        }
        Runnable listener = whenNoTasks;
        if (listener != null && taskCount() == 0) {
            listener.run();
        }
    }

    /** Calls back whenever the last task has ended; null for nobody. For orderly endings. */
    void whenNoTasks(@Nullable Runnable listener) {
        whenNoTasks = listener;
    }

    /** Any thread. */
    boolean includesCaller() {
        Thread caller = Thread.currentThread();
        return caller == seen || find(caller);
    }

    /** Any thread: whether the caller is a task or the loop task, and not the thread that the idle loop belongs to. */
    boolean carriesCaller() {
        return Thread.currentThread() != platform && includesCaller();
    }

    private boolean find(Thread caller) {
        if (owners.containsKey(caller)) {
            seen = caller;
            return true;
        }
        return false;
    }

    void check() {
        Thread caller = Thread.currentThread();
        if (caller != seen && !find(caller)) {
            throw new WrongThreadException("called on thread '" + caller.getName() + "', but it belongs to event loop '"
                    + loopName + "': use callSoonThreadsafe(...) or submit(...) to get there");
        }
    }

    /** The task that is running, or null when a callback or a foreign thread asks. Any thread. */
    public @Nullable Object currentTask() {
        Object owner = owners.get(Thread.currentThread());
        return owner == LOOP ? null : owner;
    }

    /**
     * First line of every method that parks.
     *
     * @param method its name, for the message
     * @throws IllegalStateException from a callback: it would stop the loop
     * @throws WrongThreadException from another thread
     */
    public Object requireTask(String method) {
        Object owner = owners.get(Thread.currentThread());
        if (owner == null) {
            check();
            throw new IllegalStateException(
                    method + " parks, and this thread is not a task of event loop '" + loopName + "'");
        }
        if (owner == LOOP) {
            throw new IllegalStateException(method + " parks, so it must not be called from a callback of event loop '"
                    + loopName + "': start a task with createTask(...)");
        }
        return owner;
    }

    /** Tasks that have not ended. */
    public List<Object> tasks() {
        List<Object> tasks = new ArrayList<>(owners.values());
        tasks.removeIf(owner -> owner == LOOP);
        return tasks;
    }

    /** All threads. Elsewhere than on the loop it may fail, when the table changes meanwhile. */
    List<Thread> threads() {
        return new ArrayList<>(owners.keySet());
    }

    /** Whether a member is the loop itself: its platform thread or the loop task. */
    boolean isLoop(Thread member) {
        return owners.get(member) == LOOP;
    }

    int taskCount() {
        return owners.size() - (platform == null ? 0 : 1) - (loopTask == null ? 0 : 1);
    }

    @Nullable
    Thread lastSeen() {
        return seen;
    }
}
