package dev.matryoshka.engine;

/** What a loop did so far. Written by the loop thread with plain stores; read elsewhere the figures may be a little old. */
public final class LoopCounters {
    /** Passes of the loop. */
    public long passes;

    /** Channels that the present pass has to look after. */
    public int channelsInPass;

    /** Callbacks run: ready, I/O and timers. */
    public long callbacks;

    /** Continuations mounted: each is a task that ran up to its next wait, the loop task included. */
    public long switches;

    /** Callbacks, tasks or passes that held the loop too long. */
    public long slow;
}
