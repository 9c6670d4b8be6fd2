package dev.matryoshka.tls;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.TimerHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long what a connection is at may take: one timer at a time, of the handshake first, of the shutdown later. Loop thread only. */
final class Limit {
    private final LoopEngine engine;
    private @Nullable TimerHandle timer;

    Limit(LoopEngine engine) {
        this.engine = engine;
    }

    /** In place of the one before. */
    void start(Duration time, Runnable late) {
        stop();
        timer = engine.face().callLater(time, late);
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** For messages: {@code 2.5 s}. */
    static String text(Duration time) {
        return time.toMillis() / 1000.0 + " s";
    }
}
