package dev.matryoshka.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.EventType;
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
    private static final EventType TYPE = EventType.getEventType(LoopPassEvent.class);

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
        return TYPE.isEnabled();
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
