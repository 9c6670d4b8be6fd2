package dev.matryoshka.engine;

/**
 * What a loop has on its hands at one moment.
 *
 * @param callbacks queued and not yet run
 * @param timers that will still fire
 * @param channels sockets being watched
 * @param tasks not yet ended
 * @param chunks of memory that hold bytes on their way
 */
public record LoopLoad(int callbacks, int timers, int channels, int tasks, int chunks) {}
