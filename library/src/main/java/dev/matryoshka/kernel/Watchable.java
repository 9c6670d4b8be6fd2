package dev.matryoshka.kernel;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Poller} can watch: a thing of the operating system that never waits, and has an end. Loop thread only. What
 * moves through it stands in the interfaces below; they share {@link #WOULD_BLOCK}.
 *
 * <pre>
 *   Watchable ◀─┬─ NonBlockingIo ◀──── bytes in order: a pipe's end is just this ──┐
 *               │                                                                  ├── NonBlockingSocket
 *               └─ NetworkSocket ◀──── addresses and options ──────────────────────┤
 *                                                                                  └── NonBlockingDatagramSocket
 * </pre>
 *
 * Closing is the owner's duty, once; a use after close throws {@link java.nio.channels.ClosedChannelException}. A signal
 * (EINTR) is never seen: the call is repeated inside.
 */
public interface Watchable {
    /** Answer of a try call: nothing could be moved now, wait for readiness. */
    int WOULD_BLOCK = -2;

    /** Takes the pending error (of a socket: SO_ERROR), or null; asking clears it. */
    @Nullable
    IOException takeError();

    /** Until {@link #close()}, whatever the state of what is at the other end. */
    boolean isOpen();

    /**
     * Closes the descriptor. The caller has deregistered it from the poller before, and calls this once; a second call does
     * nothing. Unread input makes TCP send a reset.
     */
    void close();
}
