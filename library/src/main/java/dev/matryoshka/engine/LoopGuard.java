package dev.matryoshka.engine;

import dev.matryoshka.loop.Loop;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Tells of a loop that was dropped without being closed: its descriptors are lost until the JVM ends. There is nobody left to close
 * it, nor a handler to tell, so this is a log record. A loop with tasks that wait is never dropped: the JDK keeps track of their
 * threads.
 */
public final class LoopGuard {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.loop");

    private volatile boolean released;

    private LoopGuard() {}

    /** @param origin in debug mode where the loop was opened */
    public static LoopGuard over(Loop loop, @Nullable Origin origin) {
        LoopGuard guard = new LoopGuard();
        String name = loop.name();
        Leftovers.whenDropped(loop, () -> guard.dropped(name, origin));
        return guard;
    }

    /** The loop was closed. */
    public void release() {
        released = true;
    }

    private void dropped(String name, @Nullable Origin origin) {
        if (!released) {
            LOG.log(
                    Level.ERROR,
                    "event loop '" + name
                            + "' was garbage collected without being closed: close it yourself, for example with"
                            + " try-with-resources",
                    origin);
        }
    }
}
