package dev.matryoshka.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One pass of a loop. Off by default: a busy loop makes hundreds of thousands a second. */
@Name("matryoshka.LoopPass")
@Label("Loop Pass")
@Category({"Matryoshka", "Loop"})
@Description("One pass of an event loop, without its wait")
@Enabled(false)
@StackTrace(false)
final class LoopPassEvent extends Event {
    /**
     * Asked instead of an EventType: getting one starts the recorder's machinery, half a second at the first connection of a
     * program that never records.
     */
    private static final LoopPassEvent PROBE = new LoopPassEvent();

    @Label("Loop")
    String loop = "";

    @Label("Busy")
    @Timespan(Timespan.NANOSECONDS)
    long busy;

    @Label("Callbacks")
    int callbacks;

    @Label("Tasks")
    int tasks;

    static boolean enabled() {
        return PROBE.isEnabled();
    }

    static void emit(String loop, long busyNanos, int callbacks, int tasks) {
        LoopPassEvent event = new LoopPassEvent();
        event.loop = loop;
        event.busy = busyNanos;
        event.callbacks = callbacks;
        event.tasks = tasks;
        event.commit();
    }
}
