package dev.matryoshka.engine;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where in the program something was made or scheduled; taken in debug mode only. A Throwable, so that it can hang on another
 * as a suppressed one and be printed by whatever prints those; nobody throws it.
 */
public final class Origin extends Throwable {
    private static final long serialVersionUID = 1L;

    /** asyncio's DEBUG_STACK_DEPTH. */
    private static final int FRAMES_MAX = 10;

    /** What stands between the caller and here, and says nothing. */
    private static final Set<String> PLUMBING = Set.of(
            "dev.matryoshka.engine.Origin",
            "dev.matryoshka.engine.Reporter",
            "dev.matryoshka.engine.LoopEngine",
            "dev.matryoshka.engine.TracedCallback",
            "dev.matryoshka.EventLoop",
            "dev.matryoshka.InnerDoll",
            "dev.matryoshka.MiddleDoll",
            "dev.matryoshka.OuterDoll",
            "dev.matryoshka.SystemFace",
            "dev.matryoshka.task.Task",
            "dev.matryoshka.task.TaskGroup");

    private Origin(String what) {
        super(what, null, false, true);
        StackTraceElement[] frames = StackWalker.getInstance()
                .walk(stack -> stack.dropWhile(frame -> PLUMBING.contains(frame.getClassName()))
                        .limit(FRAMES_MAX)
                        .map(StackWalker.StackFrame::toStackTraceElement)
                        .toArray(StackTraceElement[]::new));
        setStackTrace(frames);
    }

    /** @param what was done there: {@code scheduled here} */
    public static Origin here(String what) {
        return new Origin(what);
    }

    /** Its innermost frame, or null without one. */
    public static @Nullable String text(@Nullable Origin origin) {
        return origin == null ? null : origin.toString();
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this; // the constructor takes the frames that matter
    }

    /** The innermost frame of the caller. */
    @Override
    public String toString() {
        StackTraceElement[] frames = getStackTrace();
        return frames.length == 0 ? "somewhere" : frames[0].toString();
    }
}
