package dev.matryoshka.kernel;

/**
 * A connected socket on its way from one kernel to another of the same kind: it belongs to neither, so whoever holds it delivers
 * it, by {@link Kernel#adopt}, or closes it. Any thread; handing it to another thread is the holder's business, and has to
 * publish it safely.
 *
 * <p>Why not share the socket object: a socket is one thread's, with that kernel's scratch memory, counters and list of what is
 * open. What travels is only what the operating system knows: the descriptor, the channel.
 */
public interface Parcel extends AutoCloseable {
    /** Closes the connection, if it was not delivered. Idempotent. */
    @Override
    void close();
}
