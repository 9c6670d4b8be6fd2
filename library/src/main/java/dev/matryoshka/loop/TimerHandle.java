package dev.matryoshka.loop;

/** A callback that waits for its time (asyncio.TimerHandle). Loop thread only. */
public interface TimerHandle extends Handle {
    /** When it is due, on the clock of {@link Loop#time()}, in nanoseconds. */
    long when();
}
