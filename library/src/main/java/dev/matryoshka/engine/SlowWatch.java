package dev.matryoshka.engine;

/**
 * How closely the loop is watched.
 *
 * @param thresholdNanos from here on a callback, a task or a whole pass counts as slow (inclusive, as asyncio)
 * @param debug time each callback by itself; costs two clock readings each
 */
public record SlowWatch(long thresholdNanos, boolean debug) {}
