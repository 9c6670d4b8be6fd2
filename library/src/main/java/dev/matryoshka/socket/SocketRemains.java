package dev.matryoshka.socket;

import dev.matryoshka.engine.Leftovers;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.loop.ExceptionContext;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What remains of a socket whose face was dropped open.
 *
 * @param over whether it was closed or handed over after all
 * @param end closes it
 * @param socket for the report
 * @param origin in debug mode where it was made
 */
record SocketRemains(
        BooleanSupplier over,
        Runnable end,
        Object socket,
        @Nullable Origin origin) implements Leftovers.Remains {
    private static final String DROPPED = "An open socket was garbage collected, and is closed now: close it yourself,"
            + " for example with try-with-resources";

    @Override
    public boolean isOver() {
        return over.getAsBoolean();
    }

    @Override
    public ExceptionContext dropped() {
        return ExceptionContext.of(DROPPED, null).with("socket", socket).withOrigin(origin);
    }

    @Override
    public void close() {
        end.run();
    }
}
