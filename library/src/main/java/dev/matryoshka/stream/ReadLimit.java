package dev.matryoshka.stream;

import dev.matryoshka.engine.Instants;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.loop.TimerHandle;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long one read may take, for the reads of one reader. Loop thread only.
 *
 * <p>Nothing happens for a read that need not park. One that parks writes its deadline down; the timer that is under way already
 * looks at it when it fires, and is set again if there is time left. So a reader that waits ten thousand times in its limit sets
 * about two timers, and not ten thousand.
 */
final class ReadLimit {
    private final LoopEngine engine;
    private final Waiter reader;
    private final Duration limit;
    private final long limitNanos;

    /** Of the read under way; meaningful once it has parked. */
    private long deadline;

    private boolean begun;
    private boolean over;
    private @Nullable TimerHandle timer;

    /** What was thrown last: whose handler fails with it need not be told of it. */
    private @Nullable SocketTimeoutException thrown;

    /** @param reader where the read parks */
    ReadLimit(LoopEngine engine, Waiter reader, Duration limit) {
        this.engine = engine;
        this.reader = reader;
        this.limit = limit;
        this.limitNanos = Instants.delayNanos(limit);
    }

    /** A read begins. */
    void begin() {
        begun = false;
        over = false;
    }

    /**
     * The read is about to park, perhaps not for the first time. Whoever was woken because the time is over looks at what is there
     * first, and comes here only if that is not enough: a result that is there wins.
     */
    void parking() throws SocketTimeoutException {
        if (over) {
            SocketTimeoutException late = new SocketTimeoutException("the read was not over within " + limit);
            thrown = late;
            throw late;
        }
        if (!begun) {
            begun = true;
            deadline = engine.time() + limitNanos;
            arm();
        }
    }

    private void arm() {
        if (timer == null) {
            timer = engine.callAt(deadline, this::fire);
        }
    }

    private void fire() {
        timer = null;
        if (!reader.isOccupied()) {
            return; // the next one that parks sets it again
        }
        if (deadline - engine.time() > 0) {
            arm();
        } else {
            over = true;
            reader.signal();
        }
    }

    boolean hasThrown(Throwable failure) {
        return failure == thrown;
    }

    /** Nothing more will come, so nothing parks any more. */
    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
