package dev.matryoshka.task;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where a task is in its life.
 *
 * <pre>
 *   PENDING ──▶ RUNNING ──▶ SUCCEEDED   the body returned
 *      │           ├──────▶ FAILED      the body threw
 *      │           └──────▶ CANCELLED   cancel() was called and the interrupt escaped the body
 *      └──────────────────▶ CANCELLED   cancelled before its first step: the body never runs
 * </pre>
 */
enum TaskState {
    PENDING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    private static final Map<TaskState, Set<TaskState>> LEGAL = Map.of(
            PENDING, EnumSet.of(RUNNING, CANCELLED),
            RUNNING, EnumSet.of(SUCCEEDED, FAILED, CANCELLED),
            SUCCEEDED, EnumSet.noneOf(TaskState.class),
            FAILED, EnumSet.noneOf(TaskState.class),
            CANCELLED, EnumSet.noneOf(TaskState.class));

    boolean isDone() {
        return this != PENDING && this != RUNNING;
    }

    /** The next state, if the table allows it. */
    TaskState to(TaskState next) {
        Set<TaskState> allowed = LEGAL.get(this);
        if (allowed == null || !allowed.contains(next)) {
            throw new IllegalStateException("a task does not go from " + this + " to " + next);
        }
        return next;
    }
}
