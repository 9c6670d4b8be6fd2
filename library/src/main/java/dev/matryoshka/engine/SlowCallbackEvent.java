package dev.matryoshka.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Something held a loop longer than its slow-callback time. On by default: it should never happen. */
@Name("matryoshka.SlowCallback")
@Label("Slow Callback")
@Category({"Matryoshka", "Loop"})
@Description("A callback, a task or a pass that held an event loop too long")
@StackTrace(false)
final class SlowCallbackEvent extends Event {
    @Label("Loop")
    String loop = "";

    @Label("What")
    String what = "";

    @Label("Took")
    @Timespan(Timespan.NANOSECONDS)
    long took;

    static void emit(String loop, String what, long tookNanos) {
        SlowCallbackEvent event = new SlowCallbackEvent();
        event.loop = loop;
        event.what = what;
        event.took = tookNanos;
        event.commit();
    }
}
