package dev.matryoshka.kernel;

import java.util.function.IntConsumer;

/**
 * A pipe to or from a child process that is about to be started. Loop thread only.
 *
 * <p>The child's end is a plain descriptor: blocking, as programs expect, and close-on-exec, so that only the child gets it
 * that it is duplicated for. Close it here as soon as the child has its copy: while it is open, neither end of the
 * stream is ever seen.
 */
public final class ChildPipe implements AutoCloseable {
    private static final int CLOSED = -1;

    private final NonBlockingIo ours;
    private final IntConsumer closer;
    private int childDescriptor;

    /** @param closer closes a descriptor */
    public ChildPipe(NonBlockingIo ours, int childDescriptor, IntConsumer closer) {
        this.ours = ours;
        this.childDescriptor = childDescriptor;
        this.closer = closer;
    }

    /** The end of this process; it has an owner of its own, and stays open when this is closed. */
    public NonBlockingIo ours() {
        return ours;
    }

    /** The number of the child's end in this process; −1 once it is closed. */
    public int childDescriptor() {
        return childDescriptor;
    }

    /** Closes the child's end here. Idempotent. */
    @Override
    public void close() {
        int closing = childDescriptor;
        childDescriptor = CLOSED;
        if (closing != CLOSED) {
            closer.accept(closing);
        }
    }
}
