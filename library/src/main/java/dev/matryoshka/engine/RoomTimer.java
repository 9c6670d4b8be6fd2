package dev.matryoshka.engine;

import dev.matryoshka.loop.TimerHandle;
import org.jspecify.annotations.Nullable;

/**
 * Says by the clock that there may be room again, where events do not: {@link
 * dev.matryoshka.kernel.NonBlockingDatagramSocket#tellsOfRoom()}. Loop thread only. A channel makes one when it is first refused
 * so; whoever sends without being refused pays nothing.
 *
 * <p>First the next pass, in which a receiver on the same loop has had its turn; then pauses, which double while nothing is sent. The
 * shortest is about what another one needs for the ten datagrams that Linux lets wait; at the longest, one that stands still costs
 * fifty calls a second.
 */
final class RoomTimer {
    private static final long SHORTEST_NANOS = 50_000;
    private static final long LONGEST_NANOS = 20_000_000;

    private final LoopEngine engine;
    private final Runnable tell;

    /** 0 for the next pass. */
    private long pauseNanos;

    /** Null while nobody waits. */
    private @Nullable TimerHandle running;

    RoomTimer(LoopEngine engine, Runnable tell) {
        this.engine = engine;
        this.tell = tell;
    }

    /** Somebody waits; again: nothing. */
    void start() {
        if (running == null) {
            running = engine.callLater(pauseNanos, this::over);
        }
    }

    private void over() {
        running = null;
        pauseNanos = Math.clamp(2 * pauseNanos, SHORTEST_NANOS, LONGEST_NANOS);
        tell.run();
    }

    /** Nobody waits any more. */
    void stop() {
        if (running != null) {
            running.cancel();
            running = null;
        }
    }

    /** Something was sent. */
    void foundRoom() {
        pauseNanos = 0;
    }
}
