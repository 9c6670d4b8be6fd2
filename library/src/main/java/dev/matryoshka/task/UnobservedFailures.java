package dev.matryoshka.task;

import dev.matryoshka.engine.Leftovers;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.LoopClosedException;

/**
 * Reports tasks that failed and were dropped without anybody asking (asyncio: "Task exception was never retrieved").
 * Registered at the failure, not at the start, so a task that goes well costs nothing.
 */
final class UnobservedFailures {
    private UnobservedFailures() {}

    /** Called once by a task that has just failed; {@code task} itself is only reachable from its users afterwards. */
    static void watch(Task<?> task, Flag flag, Throwable failure) {
        if (flag.observed) {
            return;
        }
        LoopEngine engine = task.engine();
        ExceptionContext context = ExceptionContext.of("Task exception was never retrieved", failure)
                .with("task", task.name())
                .withOrigin(task.origin());
        Leftovers.whenDropped(task, () -> {
            if (!flag.observed) {
                report(engine, context);
            }
        });
    }

    private static void report(LoopEngine engine, ExceptionContext context) {
        try {
            engine.callSoonThreadsafe(() -> engine.reporter().report(context));
        } catch (LoopClosedException gone) {
            engine.reporter().report(context);
        }
    }

    /** Outlives the task, so that the cleaner can see whether the outcome was looked at. */
    static final class Flag {
        volatile boolean observed;
    }
}
