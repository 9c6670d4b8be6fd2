package dev.matryoshka.engine;

import dev.matryoshka.kernel.Clock;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.ExceptionHandler;
import dev.matryoshka.loop.Loop;
import java.lang.System.Logger.Level;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tells people: what nobody caught, and what held the loop too long. Called on the loop task, never on the bare carrier: a
 * logger takes locks.
 */
public final class Reporter {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.loop");

    /** Debug mode was off when the callback began. */
    static final long UNTIMED = Long.MIN_VALUE;

    private final Loop face;
    private final SlowWatch watch;
    private final LoopCounters counters;
    private @Nullable ExceptionHandler handler;

    /** Written on the loop thread, read by whoever schedules: a little late does no harm. */
    private boolean debug;

    Reporter(Loop face, SlowWatch watch, LoopCounters counters) {
        this.face = face;
        this.watch = watch;
        this.counters = counters;
        this.debug = watch.debug();
    }

    public void setHandler(@Nullable ExceptionHandler newHandler) {
        handler = newHandler;
    }

    public @Nullable ExceptionHandler handler() {
        return handler;
    }

    /** Any thread. */
    public boolean isDebug() {
        return debug;
    }

    void setDebug(boolean on) {
        debug = on;
    }

    /** In debug mode where the caller's caller is, else null. Any thread. */
    public @Nullable Origin origin(String what) {
        return debug ? Origin.here(what) : null;
    }

    public void report(String message, @Nullable Throwable exception, String key, Object value) {
        report(ExceptionContext.of(message, exception).with(key, value));
    }

    /** Hands a failure to the handler; a handler that fails itself is reported in its turn, and no further. */
    public void report(ExceptionContext context) {
        ExceptionHandler custom = handler;
        if (custom == null) {
            log(context);
            return;
        }
        try {
            custom.handle(face, context);
        } catch (Throwable failed) {
            log(context);
            log(ExceptionContext.of("Unhandled error in exception handler", failed));
        }
    }

    private void log(ExceptionContext context) {
        try {
            Throwable shown = context.exception();
            if (shown == null && context.details().get(ExceptionContext.ORIGIN) instanceof Throwable origin) {
                shown = origin;
            }
            LOG.log(Level.ERROR, face.name() + ": " + context.describe(), shown);
        } catch (Throwable hopeless) {
            // A logger that throws, out of memory perhaps: there is nobody left to tell, and the loop must live on.
            return;
        }
    }

    // ---- slow callbacks -------------------------------------------------------------------------------------------

    /** In debug mode the time, else {@link #UNTIMED}. */
    long callbackBegins(Clock clock) {
        return debug ? clock.nanoTime() : UNTIMED;
    }

    void callbackEnded(Clock clock, long began, Object what) {
        if (began != UNTIMED) {
            long took = clock.nanoTime() - began;
            if (isSlow(took)) {
                slow(what, took);
            }
        }
    }

    void passEnded(long took, int callbacks, int channels, int timers, int tasks) {
        if (LoopPassEvent.enabled()) {
            LoopPassEvent.emit(face.name(), took, callbacks + channels + timers, tasks);
        }
        if (isSlow(took)) {
            slow(
                    "a pass with " + channels + " I/O callbacks, " + callbacks + " callbacks, " + timers
                            + " timers and " + tasks + " tasks",
                    took);
        }
    }

    boolean isSlow(long tookNanos) {
        return tookNanos >= watch.thresholdNanos();
    }

    /** Contained as {@link #log} is: neither a name that cannot be made nor a logger that throws ends the loop. */
    void slow(Object what, long tookNanos) {
        counters.slow++;
        try {
            String name = String.valueOf(what);
            SlowCallbackEvent.emit(face.name(), name, tookNanos);
            LOG.log(Level.WARNING, face.name() + ": executing " + name + " took " + Duration.ofNanos(tookNanos));
        } catch (Throwable untold) {
            log(ExceptionContext.of("Exception while reporting a slow callback", untold));
        }
    }

    /** With the scheduler's scoped values, if it has any; in debug mode it remembers where it was scheduled. */
    Runnable prepared(Runnable body) {
        Runnable bound = ScopedBindings.bind(body);
        return debug ? new TracedCallback(bound) : bound;
    }
}
