package dev.matryoshka.kernel;

/**
 * Both ends of a pipe: what is written to one is read from the other.
 *
 * @param reader receives only
 * @param writer sends only
 */
public record PipeEnds(NonBlockingIo reader, NonBlockingIo writer) {}
