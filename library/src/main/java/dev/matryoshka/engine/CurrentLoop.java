package dev.matryoshka.engine;

import dev.matryoshka.loop.Loop;
import org.jspecify.annotations.Nullable;

/** Which loop the caller is on: asyncio's {@code get_running_loop()}. Bound once per loop task and per task. */
public final class CurrentLoop {
    private static final ScopedValue<Loop> LOOP = ScopedValue.newInstance();

    private CurrentLoop() {}

    /** Runs code that will find this loop as its own. */
    public static void run(Loop loop, Runnable body) {
        ScopedValue.where(LOOP, loop).run(body);
    }

    /** Whether a scoped value is the one of this class: it says where code runs, and must not go elsewhere with it. */
    static boolean isKey(Object scopedValue) {
        return scopedValue == LOOP;
    }

    /** The caller's loop, or null on a thread that belongs to none. Any thread. */
    public static @Nullable Loop get() {
        return LOOP.isBound() ? LOOP.get() : null;
    }
}
