package dev.matryoshka;

/**
 * One loop for management tools: jconsole, a metrics agent. Registered by {@link EventLoop#registerMXBean()}, and only then: starting the JVM's
 * management costs every program tens of milliseconds, and most never look. Needs the module {@code java.management}; the rest of
 * the library does not. Any thread; the figures may be a little old.
 */
public interface LoopMXBean {
    /** The name of the loop. */
    String getName();

    /** Which kernel turns it. */
    String getKernel();

    /** {@code running}, {@code idle}, {@code closing} or {@code closed}. */
    String getState();

    /** Passes so far. */
    long getPasses();

    /** Callbacks run so far. */
    long getCallbacks();

    /** Steps of tasks so far. */
    long getTaskSwitches();

    /** Callbacks, task steps or passes so far that held the loop too long. */
    long getSlowCallbacks();

    /** Callbacks that are queued. */
    int getReadyCallbacks();

    /** Posted by other threads and not yet taken. */
    int getInbox();

    /** Timers that will still fire. */
    int getTimers();

    /** Tasks that have not ended. */
    int getTasks();

    /** Sockets that are watched. */
    int getChannels();

    /** Pieces of memory that hold bytes on their way: of 64 KiB for writes, 128 for a stream's reads, 84 for TLS. */
    int getChunksInUse();

    /** Tasks, servers and connections as a table; see {@link dev.matryoshka.inspect.LoopSnapshot#ps()}. */
    String ps();

    /** Tasks as a tree; see {@link dev.matryoshka.inspect.LoopSnapshot#pstree()}. */
    String pstree();
}
