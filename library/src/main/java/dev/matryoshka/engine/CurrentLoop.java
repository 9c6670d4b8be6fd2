package dev.matryoshka.engine;

import dev.matryoshka.loop.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Which loop the caller is on: asyncio's {@code get_running_loop()}. Any thread.
 *
 * <p>The threads that a loop carries know it by their handler for what escapes them: a field that every thread has, that no
 * thread made by a task inherits, and that goes on to say the truth when the loop is closed. A scoped value around each task
 * would say the same for six frames more on every parked stack, half a kilobyte per connection, and would stand in the way of
 * those who list scoped values; a thread-local is a table of its own per thread.
 */
public final class CurrentLoop {
    /** For a loop without tasks, which turns on the platform thread itself. */
    private static final ScopedValue<Loop> LOOP = ScopedValue.newInstance();

    private CurrentLoop() {}

    /** One per loop, on each of its threads. What escapes a task's end, past all that it catches, is told to the loop. */
    static final class Mark implements Thread.UncaughtExceptionHandler {
        private final LoopEngine engine;

        Mark(LoopEngine engine) {
            this.engine = engine;
        }

        @Override
        public void uncaughtException(Thread thread, Throwable escaped) {
            engine.reporter().report("Exception at the end of a thread of the loop", escaped, "thread", thread);
        }
    }

    /** Runs code on a platform thread that will find this loop as its own. */
    static void run(Loop loop, Runnable body) {
        ScopedValue.where(LOOP, loop).run(body);
    }

    /** Whether a scoped value is the one of this class: it says where code runs, and must not go elsewhere with it. */
    static boolean isKey(Object scopedValue) {
        return scopedValue == LOOP;
    }

    /** The caller's loop, or null on a thread that belongs to none. Any thread. */
    public static @Nullable Loop get() {
        Thread caller = Thread.currentThread();
        if (!caller.isVirtual()) {
            return LOOP.isBound() ? LOOP.get() : null;
        }
        return caller.getUncaughtExceptionHandler() instanceof Mark mark ? mark.engine.face() : search();
    }

    /** A virtual thread of the JDK; or one of ours whose code has put a handler of its own in place. */
    private static @Nullable Loop search() {
        for (Loop loop : OpenLoops.all()) {
            if (Engines.of(loop).members().carriesCaller()) {
                return loop;
            }
        }
        return null;
    }
}
