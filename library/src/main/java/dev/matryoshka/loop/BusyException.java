package dev.matryoshka.loop;

/**
 * Two tasks collided on one direction: the second fails at once, the first goes on as if nothing had happened. Neither closed
 * nor broken, but a mistake in the program: one reader at a time, one writer at a time.
 */
public final class BusyException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** @param message names the operation and what is busy */
    public BusyException(String message) {
        super(message);
    }
}
