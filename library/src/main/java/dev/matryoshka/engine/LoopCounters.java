package dev.matryoshka.engine;

/** What a loop did so far. Written by the loop thread with plain stores; read elsewhere the figures may be a little old. */
public final class LoopCounters extends Isolated {
    /** Passes of the loop. */
    public long passes;

    /** Channels that the present pass has to look after. */
    public int channelsInPass;

    /** Callbacks run: ready, I/O and timers. */
    public long callbacks;

    /** Callbacks, tasks or passes that held the loop too long. */
    public long slow;

    /** Tasks that ran in the pass in progress before its end. */
    int tasksInTurns;

    @SuppressWarnings("unused") // see Isolated
    private long a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15;
}
