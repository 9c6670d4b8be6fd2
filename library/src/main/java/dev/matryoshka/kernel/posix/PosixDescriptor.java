package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.Chunk;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What everything has that moves bytes here: a descriptor, and an end. Loop thread only.
 *
 * <p>One owner closes it; no finaliser does. A descriptor that is closed twice closes somebody else's file.
 */
public abstract sealed class PosixDescriptor permits PosixNetworkSocket, PosixPipe, PosixChild {
    // Plain ints: a field of an enum constant is loaded each time, a static one is compiled in.
    static final int EAGAIN = Errno.EAGAIN.number;
    static final int EINTR = Errno.EINTR.number;

    private static final int CLOSED = -1;

    final PosixSockets shared;

    /** {@link #CLOSED} from close on, so that a number which Linux gives to somebody else is never used again. */
    int fd;

    /** The list of what is open; {@link PosixSockets} writes both. */
    @Nullable
    PosixDescriptor next;

    @Nullable
    PosixDescriptor previous;

    PosixDescriptor(PosixSockets shared, int fd) {
        this.shared = shared;
        this.fd = fd;
    }

    /** The descriptor, for a poller of the same kernel; −1 when closed. This object stays the only one to close it. */
    public final int descriptor() {
        return fd;
    }

    /** @see dev.matryoshka.kernel.Watchable#isOpen() */
    public final boolean isOpen() {
        return fd != CLOSED;
    }

    final int ensureOpen() throws ClosedChannelException {
        if (fd == CLOSED) {
            throw new ClosedChannelException();
        }
        return fd;
    }

    /** Lets go of the descriptor, which stays open: it is the caller's. */
    final int letGo() {
        int given = fd;
        fd = CLOSED;
        shared.remove(this);
        return given;
    }

    /** @see dev.matryoshka.kernel.Watchable#close() */
    public final void close() {
        if (fd == CLOSED) {
            return;
        }
        int closing = fd;
        fd = CLOSED;
        shared.remove(this);
        shared.calls.close++;
        closing(closing);
        release(closing);
    }

    /** The last that is done with the number; nobody finds it here any more. */
    void release(int closing) {
        Libc.close(closing);
    }

    /** The last moment of a descriptor. */
    void closing(int descriptor) {}

    /** The range of a chunk is checked here, because the kernel would write over whatever lies behind it. */
    final void checkRange(Chunk chunk, int offset, int length) throws ClosedChannelException {
        ensureOpen();
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        if (length == 0) {
            throw new IllegalArgumentException("length: 0");
        }
    }

    /** @param result of a call: −errno when negative */
    static void check(int result, Operation operation, @Nullable Object subject) throws IOException {
        if (result < 0) {
            throw Errno.exception(-result, operation, subject);
        }
    }
}
