package dev.matryoshka.socket;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.loop.BusyException;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one socket: at most one task is in it, and within one pass of the loop it gets a bounded share. Loop
 * thread only. Made once per direction, so that a message costs no object.
 *
 * <p>Why a share: a call that can be answered at once does not park, so with a peer that is faster than we are a task could
 * receive for ever and nothing else of the loop would run (in asyncio it does: {@code sock_recv} in a loop starves the
 * rest). When the share is used up the task lets everybody else have one pass. An echo, which parks after each message,
 * never gets there.
 */
final class Direction {
    /** Bytes of a share: one default read of the transports, and about 25 us of copying. */
    static final int SHARE_BYTES = LoopEngine.RECEIVE_BYTES;

    /** What a call counts besides its bytes, so that 64 small ones are a share as well: about 5 us each (design page). */
    static final int CALL_BYTES = 4 * 1024;

    private final LoopEngine engine;
    private final String doing;
    private final Waiter waiter = new Waiter(this);

    /** The task that passed the check last; mostly it is the same one again, and the check is one comparison. */
    private @Nullable Thread lastTask;

    /** A task is in the middle of a call here, but lets others have a pass. */
    private boolean pausing;

    /** A task is in a call that waits for something else in between: a disk. */
    private boolean held;

    /** The pass in which {@link #shareBytes} was last filled up. */
    private long filledIn = -1;

    /** What is left of the share; not above 0 when it is used up. */
    private int shareBytes;

    /** @param doing what a task does in it, for messages: {@code receiving} */
    Direction(LoopEngine engine, String doing) {
        this.engine = engine;
        this.doing = doing;
    }

    /** First line of every parking call: see {@link dev.matryoshka.engine.Members#requireTask}. */
    void requireTask(String method) {
        Thread caller = Thread.currentThread();
        if (caller != lastTask) {
            engine.members().requireTask(method);
            lastTask = caller;
        }
    }

    /**
     * Makes sure that nobody else is in here.
     *
     * @throws BusyException a task waits here; it does not notice
     */
    void requireFree(String method) {
        if (isOccupied()) {
            throw new BusyException(
                    method + ": another task is " + doing + " on this socket; one at a time per direction");
        }
    }

    boolean isOccupied() {
        return held || pausing || waiter.isOccupied();
    }

    /** Nobody else may come in until {@link #letGo()}, whatever the caller waits for. */
    void hold() {
        held = true;
    }

    void letGo() {
        held = false;
    }

    /** Whether a signal would reach somebody. */
    boolean isAwaited() {
        return waiter.isOccupied();
    }

    /**
     * Parks until {@link #signal()}; the caller looks again at whatever it waits for.
     *
     * @throws InterruptedException the task was cancelled; nothing was taken
     */
    void await() throws InterruptedException {
        waiter.await();
    }

    /** Lets the task that waits here look again. */
    void signal() {
        waiter.signal();
    }

    /**
     * Whether this pass has something left for this direction. A share is filled up once a pass, and only when it is needed: what
     * is left of one is good in later passes, so that most calls do not have to ask which pass it is. One pass may therefore see
     * the rest of a share and a whole one.
     */
    boolean hasShare() {
        if (shareBytes > 0) {
            return true;
        }
        long current = engine.counters().passes;
        if (filledIn == current) {
            return false;
        }
        filledIn = current;
        shareBytes = SHARE_BYTES;
        return true;
    }

    /** A call was answered with this many bytes, 0 for a connection. */
    void spend(long bytes) {
        shareBytes -= (int) Math.min(SHARE_BYTES, bytes + CALL_BYTES);
    }

    /**
     * Lets everything else run for one pass.
     *
     * @throws InterruptedException the task was cancelled meanwhile or before; nothing was taken
     */
    void pause() throws InterruptedException {
        pausing = true;
        try {
            Thread.yield(); // to the end of the carrier's queue, behind the loop task: one pass
            if (Thread.interrupted()) {
                throw new InterruptedException("cancelled");
            }
        } finally {
            pausing = false;
        }
    }

    /** What a task in here is said to wait for. */
    @Override
    public String toString() {
        return doing + " on a socket";
    }

    /** The socket is over: keeps no ended thread alive. */
    void forget() {
        lastTask = null;
    }
}
