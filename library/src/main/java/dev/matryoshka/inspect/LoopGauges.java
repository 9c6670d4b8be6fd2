package dev.matryoshka.inspect;

/**
 * The figures of one loop; cheap to take, small to keep. Of a loop that was not asked on its own thread they may be a little
 * old.
 *
 * @param name of the loop
 * @param kernel that turns it
 * @param state {@code running}, {@code idle} (not running now), {@code stuck} (it runs and did not answer), {@code closing},
 *     {@code closed}
 * @param passes so far
 * @param callbacks run so far: ready, I/O and timers
 * @param taskSwitches so far: each is a task that ran up to its next wait
 * @param slowCallbacks so far: callbacks, task steps or passes that held the loop too long
 * @param readyCallbacks queued and not yet run
 * @param inbox posted by other threads and not yet taken
 * @param timers that will still fire
 * @param tasks that have not ended
 * @param channels sockets that are watched, listeners included
 * @param chunksInUse pieces of memory that hold bytes on their way: of 64 KiB for writes, 128 for a stream's reads, 84 for TLS
 */
public record LoopGauges(
        String name,
        String kernel,
        String state,
        long passes,
        long callbacks,
        long taskSwitches,
        long slowCallbacks,
        int readyCallbacks,
        int inbox,
        int timers,
        int tasks,
        int channels,
        int chunksInUse) {}
