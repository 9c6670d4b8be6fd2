package dev.matryoshka.task;

import dev.matryoshka.engine.Engines;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waiting for several tasks, or for one in another way than {@link Task#await()} (asyncio's {@code gather, wait, wait_for,
 * as_completed}). For tasks of the loop; a {@link TaskGroup} is the better choice where the tasks are started for the purpose,
 * since none outlives it.
 *
 * <p>What asyncio has and is not here: {@code shield}, because {@code await} never passes a cancel on; {@code return_exceptions},
 * because a {@link Task} is a {@link java.util.concurrent.Future} that tells its outcome when {@link #wait} is over
 * ({@code state, resultNow, exceptionNow}).
 */
public final class Tasks {
    private Tasks() {}

    /** When {@link Tasks#wait} returns. */
    public enum ReturnWhen {
        /** One has ended, however. */
        FIRST_COMPLETED,
        /** One has failed, or all have ended; that one was cancelled is no failure. */
        FIRST_EXCEPTION,
        /** All have ended. */
        ALL_COMPLETED
    }

    /**
     * What {@link Tasks#wait} found.
     *
     * @param done those that have ended, in the order of their ends
     * @param pending those that have not, in the order in which they were given
     */
    public record Waited<T extends Task<?>>(Set<T> done, Set<T> pending) {
        /** Copies, keeping the order. */
        public Waited {
            done = Collections.unmodifiableSet(new LinkedHashSet<>(done));
            pending = Collections.unmodifiableSet(new LinkedHashSet<>(pending));
        }
    }

    /** As {@link #wait(Collection, ReturnWhen, Duration)} without a limit. */
    @Parks
    public static <T extends Task<?>> Waited<T> wait(Collection<T> tasks, ReturnWhen until)
            throws InterruptedException {
        return wait(tasks, until, null);
    }

    /**
     * Parks until some or all of the tasks have ended, or the time is over; cancels nothing, and throws nothing of theirs.
     *
     * @param timeout null for none; zero or negative: one pass of the loop
     * @throws IllegalArgumentException no task, one of another loop, or the caller itself
     * @throws InterruptedException the caller was cancelled; the tasks go on
     */
    @Parks
    public static <T extends Task<?>> Waited<T> wait(Collection<T> tasks, ReturnWhen until, @Nullable Duration timeout)
            throws InterruptedException {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("wait: no tasks");
        }
        try (Ends<T> ends = new Ends<>("wait", tasks)) {
            if (timeout != null) {
                ends.limit(timeout);
            }
            Set<T> done = new LinkedHashSet<>();
            boolean enough = false;
            while (true) {
                for (T task; (task = ends.poll()) != null; ) {
                    done.add(task);
                    enough |= until == ReturnWhen.FIRST_COMPLETED
                            || (until == ReturnWhen.FIRST_EXCEPTION && task.failure() != null && !task.isCancelled());
                }
                if (enough || ends.isExhausted() || ends.isOver()) {
                    return new Waited<>(done, ends.open());
                }
                ends.await();
            }
        }
    }

    /**
     * Parks until all tasks have returned, and collects what they did. The first failure is thrown at once, and the others go
     * on; cancelling the caller cancels them all, and waits until they have ended.
     *
     * @return in the order of the tasks; a task that is there twice answers twice
     * @throws java.util.concurrent.CancellationException one of them was cancelled
     * @throws InterruptedException the caller was cancelled, and the tasks with it
     * @throws Exception what the first one threw that failed, itself
     */
    @Parks
    public static <T extends @Nullable Object> List<T> gather(Collection<? extends Task<? extends T>> tasks)
            throws Exception {
        List<Task<? extends T>> order = List.copyOf(tasks);
        try (Ends<Task<? extends T>> ends = new Ends<>("gather", order)) {
            while (!ends.isExhausted()) {
                Task<? extends T> ended = ends.poll();
                if (ended == null) {
                    awaitOrCancelAll(ends, order);
                } else if (ended.failure() != null || ended.isCancelled()) {
                    order.forEach(Task::markObserved); // the first failure speaks for all
                    ended.await();
                }
            }
        }
        List<T> results = new ArrayList<>(order.size());
        for (Task<? extends T> task : order) {
            results.add(task.await());
        }
        return Collections.unmodifiableList(results);
    }

    private static void awaitOrCancelAll(Ends<?> ends, List<? extends Task<?>> tasks) throws InterruptedException {
        try {
            ends.await();
        } catch (InterruptedException cancelled) {
            tasks.forEach(Task::markObserved);
            tasks.forEach(Task::cancel);
            tasks.forEach(Tasks::joinCancelling);
            throw cancelled;
        }
    }

    /** As {@link #gather(Collection)}. */
    @SafeVarargs
    @SuppressWarnings("varargs") // List.of copies, and keeps what it gets
    @Parks
    public static <T extends @Nullable Object> List<T> gather(Task<? extends T>... tasks) throws Exception {
        return gather(List.of(tasks));
    }

    /**
     * Parks until a task has ended, and cancels it when the time is over or the caller is cancelled; either way it has ended when
     * this returns. A result that it still has wins. For code that need not be a task of its own there is
     * {@link Timeout#within}.
     *
     * @param timeout null for none; zero or negative: a task that has not ended is cancelled at once
     * @return what the task returned
     * @throws TimeoutException the time was over, and the task was cancelled
     * @throws InterruptedException the caller was cancelled, and the task with it
     * @throws Exception what the task threw, itself; also on its way out after the time was over
     */
    @Parks
    public static <T extends @Nullable Object> T waitFor(Task<T> task, @Nullable Duration timeout) throws Exception {
        Task.requireCurrent("waitFor");
        if (timeout == null || task.isDone()) {
            return awaitCancelling(task);
        }
        if (timeout.isPositive()) {
            return Timeout.within(timeout, () -> awaitCancelling(task));
        }
        task.cancel();
        T result;
        try {
            result = awaitCancelling(task);
        } catch (CancellationException over) {
            TimeoutException late = new TimeoutException("the time was over: " + timeout);
            late.initCause(over);
            throw late;
        }
        return result;
    }

    private static <T extends @Nullable Object> T awaitCancelling(Task<T> task) throws Exception {
        InterruptedException cancelled = joinCancelling(task);
        if (cancelled != null && task.isCancelled()) {
            task.markObserved();
            throw cancelled;
        }
        return task.await();
    }

    /** Parks until the end, passing each interrupt on to the task; the first one, or null. */
    private static @Nullable InterruptedException joinCancelling(Task<?> task) {
        InterruptedException first = null;
        while (!task.isDone()) {
            try {
                task.join(-1);
            } catch (InterruptedException interrupted) {
                first = first == null ? interrupted : first;
                task.cancel();
            }
        }
        return first;
    }

    /**
     * Tasks in the order in which they end, each once (asyncio's {@code as_completed}). For a limit put a {@link Timeout} around
     * the loop.
     *
     * @throws IllegalArgumentException one of another loop, or the caller itself
     */
    public static <T extends Task<?>> Completions<T> asCompleted(Collection<T> tasks) {
        return new Completions<>(tasks);
    }

    // ---- the JDK's futures ----------------------------------------------------------------------------------------

    /**
     * Parks until a future of the JDK is complete, whoever completes it. Being cancelled leaves the future alone. Of the JDK's own
     * ways {@code get} does the same, but throws a wrapped exception and stops the loop in a callback; {@code join} does not hear
     * a cancel.
     *
     * @throws java.util.concurrent.CancellationException the future was cancelled
     * @throws InterruptedException the caller was cancelled
     * @throws Exception what the future failed with, itself
     */
    @Parks
    public static <T extends @Nullable Object> T await(CompletionStage<T> stage) throws Exception {
        Task.requireCurrent("await");
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (failed.getCause() instanceof Error error) {
                throw error;
            }
            throw failed;
        }
    }

    /**
     * The same outcome as a future of the JDK, which completes on the loop, in the pass after the end. Cancelling it does nothing
     * to the task. Loop thread.
     */
    public static <T extends @Nullable Object> CompletableFuture<T> toCompletableFuture(Task<T> task) {
        Engines.of(task.loop()).checkLoopThread();
        CompletableFuture<T> future = new CompletableFuture<>();
        task.addDoneCallback(ended -> {
            if (ended.isCancelled()) {
                future.cancel(false);
                return;
            }
            Throwable failure = ended.failure();
            if (failure != null) {
                future.completeExceptionally(failure);
            } else {
                future.complete(ended.resultNow());
            }
        });
        return future;
    }
}
