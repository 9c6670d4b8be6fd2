package dev.matryoshka.task;

import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.inspect.TaskSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a task is doing, for those who look. Nothing is noted while it runs: a parked thread has its blocker, and ours say what
 * they are for.
 */
final class TaskPortrait {
    private TaskPortrait() {}

    static void describe(Object member, Inspection into) {
        if (member instanceof Task<?> task) {
            Thread thread = task.thread();
            Object purpose = purpose(thread);
            Task<?> holder = task.holder();
            into.add(
                    thread,
                    new TaskSnapshot(
                            thread.threadId(),
                            task.name(),
                            thread.getState(),
                            words(purpose),
                            purpose instanceof Task<?> awaited
                                    ? awaited.thread().threadId()
                                    : 0,
                            holder == null ? 0 : holder.thread().threadId(),
                            List.of(),
                            Origin.text(task.origin())));
        }
    }

    private static @Nullable Object purpose(Thread thread) {
        Object blocker = LockSupport.getBlocker(thread);
        return blocker instanceof Waiter waiter ? waiter.purpose() : blocker;
    }

    /** Code of others may make the text; whatever it throws, looking at a loop must not fail for it. */
    private static String words(@Nullable Object purpose) {
        try {
            return switch (purpose) {
                case null -> "";
                case Task<?> awaited -> "task " + awaited.name();
                case Duration delay -> "sleep of " + delay;
                default -> purpose.toString();
            };
        } catch (RuntimeException untold) {
            return purpose == null ? "" : purpose.getClass().getName();
        }
    }
}
