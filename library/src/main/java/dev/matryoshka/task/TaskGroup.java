package dev.matryoshka.task;

import dev.matryoshka.engine.Waiter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that end together (asyncio.TaskGroup): the group's scope is left only when all of them have ended. The first that
 * fails cancels the others and the body; that failure is then thrown, and later ones are suppressed onto it. Cancelling the
 * task that holds the group cancels all of them.
 *
 * {@snippet :
 * TaskGroup.run(group -> {
 *     group.createTask(() -> fetch(first));
 *     group.createTask(() -> fetch(second));
 * }); // both have ended here
 * }
 *
 * Loop thread only, in a task. Not the JDK's StructuredTaskScope, which is a preview and forks threads that no loop carries.
 */
public final class TaskGroup {
    private final Task<?> parent;
    private final Set<Task<?>> open = new LinkedHashSet<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final Waiter allEnded = new Waiter(this);

    private boolean inBody = true;
    private boolean aborting;
    private boolean closed;

    /** Whether the group itself interrupted its parent, to get it out of the body. */
    private boolean parentInterrupted;

    /** How a cancel of the parent, or of a task that the body awaited, came to this scope. */
    private @Nullable Exception cancellation;

    private TaskGroup(Task<?> parent) {
        this.parent = parent;
    }

    /** The body of a group. */
    @FunctionalInterface
    public interface Body<T extends @Nullable Object> {
        /** Starts tasks, and may wait for some of them. */
        T call(TaskGroup group) throws Exception;
    }

    /** The body of a group that has no result. */
    @FunctionalInterface
    public interface VoidBody {
        /** Starts tasks, and may wait for some of them. */
        void run(TaskGroup group) throws Exception;
    }

    /** As {@link #call}, without a result. */
    @Parks
    public static void run(VoidBody body) throws Exception {
        TaskGroup.<@Nullable Void>execute(group -> {
            body.run(group);
            return null;
        });
    }

    /**
     * Runs a body, then parks until every task of the group has ended.
     *
     * @return what the body returned
     * @throws InterruptedException the holding task was cancelled; all tasks of the group have been, and have ended
     * @throws CancellationException {@link #cancel()} came before the body had a result
     * @throws Exception the first failure of a task or of the body, with the later ones suppressed; should the holding task
     *     have been cancelled too, its next wait throws
     */
    @Parks
    public static <T extends @Nullable Object> T call(Body<T> body) throws Exception {
        AtomicReference<@Nullable T> result = new AtomicReference<>();
        boolean whole = execute(group -> {
            result.set(body.call(group));
            return null;
        });
        if (!whole) {
            throw new CancellationException("the task group was cancelled");
        }
        return nonNull(result.get());
    }

    /** @return false when the body was interrupted by {@link #cancel()}, and nothing failed */
    @Parks
    private static <T extends @Nullable Object> boolean execute(Body<T> body) throws Exception {
        TaskGroup group = new TaskGroup(Task.requireCurrent("TaskGroup"));
        boolean whole = false;
        try {
            body.call(group);
            whole = true;
        } catch (Throwable escaped) {
            if (Waits.isInterrupt(escaped) || escaped instanceof CancellationException) {
                group.cancellation = (Exception) escaped;
            } else {
                group.failures.add(escaped);
            }
            group.abort();
        }
        group.inBody = false;
        group.awaitAll();
        group.closed = true;
        if (group.parentInterrupted && group.parent.uncancel() == 0) {
            group.cancellation = null;
        }
        group.throwFirst();
        return whole;
    }

    @SuppressWarnings("NullAway") // null only where T is nullable
    private static <T extends @Nullable Object> T nonNull(@Nullable T result) {
        return result;
    }

    /** Starts a task of this group; also from tasks of the group, as long as one of them runs. */
    public <T extends @Nullable Object> Task<T> createTask(Callable<T> body) {
        return createTask(null, body);
    }

    /** Starts a task without a result. */
    public Task<@Nullable Void> createTask(Action body) {
        return createTask(null, () -> {
            body.run();
            return null;
        });
    }

    /**
     * Starts a named task of this group.
     *
     * @throws IllegalStateException the group has ended, or is ending because a task failed or it was cancelled
     */
    public <T extends @Nullable Object> Task<T> createTask(@Nullable String name, Callable<T> body) {
        if (closed || (aborting && open.isEmpty())) {
            throw new IllegalStateException("this task group has ended");
        }
        if (aborting) {
            throw new IllegalStateException("this task group is shutting down");
        }
        Task<T> task = Task.create(parent.loop(), name, body);
        if (!task.isDone()) { // one that is made while the loop ends never starts, and nobody tells its end
            open.add(task);
            task.belongTo(this);
        }
        return task;
    }

    /** The task that holds it. */
    Task<?> holder() {
        return parent;
    }

    /** Inside the end of one of its tasks. */
    void ended(Task<?> task) {
        open.remove(task);
        Throwable failure = task.isCancelled() ? null : task.failure();
        if (failure != null) {
            failures.add(failure);
            abortAll();
        }
        if (open.isEmpty()) {
            allEnded.signal();
        }
    }

    /**
     * Ends the group, and that is no failure (asyncio 3.15): its tasks are cancelled, and the body where it waits, or at its next
     * wait; when all have ended, the scope is left as if they had returned. A failure on the way out is still thrown. From the
     * body, from a task of the group, or from anywhere else on the loop; again, or after the end, nothing happens.
     */
    public void cancel() {
        parent.engine().checkLoopThread();
        if (!closed) {
            abortAll();
        }
    }

    private void abortAll() {
        if (!aborting) {
            abort();
            if (inBody) {
                parentInterrupted = true;
                parent.cancel();
            }
        }
    }

    private void abort() {
        aborting = true;
        List.copyOf(open).forEach(Task::cancel);
    }

    private void awaitAll() {
        while (!open.isEmpty()) {
            try {
                allEnded.await();
            } catch (InterruptedException interrupted) {
                cancellation = interrupted;
                if (!aborting) {
                    abort();
                }
            }
        }
    }

    /** Any thread; away from the loop the number may be a little old. */
    @Override
    public String toString() {
        return "TaskGroup[" + open.size() + " tasks" + (aborting ? ", aborting" : closed ? ", ended" : "") + "]";
    }

    private void throwFirst() throws Exception {
        Exception cancelled = cancellation;
        if (failures.isEmpty()) {
            if (cancelled != null) {
                throw cancelled;
            }
            return;
        }
        if (cancelled != null && Waits.isInterrupt(cancelled)) {
            Thread.currentThread().interrupt(); // the failure goes first, but the cancel must not be forgotten
        }
        Throwable first = failures.getFirst();
        for (Throwable later : failures.subList(1, failures.size())) {
            if (later != first) {
                first.addSuppressed(later);
            }
        }
        if (first instanceof Error error) {
            throw error;
        }
        throw first instanceof Exception exception ? exception : new ExecutionException(first);
    }
}
