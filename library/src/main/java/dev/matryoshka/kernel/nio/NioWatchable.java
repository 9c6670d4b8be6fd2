package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Watchable;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;

/** What the poller asks of whatever stands on a channel. Loop thread only. */
interface NioWatchable extends Watchable {
    /** Kept here, written by the poller. */
    NioRegistration registration();

    /** The channel that is to be watched now. */
    SelectableChannel channel();

    /** Whether there is nothing to watch yet: it tells the poller by {@link NioPoller#update} when there is. */
    boolean isRoleless();

    /** Bits of Readiness to those of a key, as far as they make sense by now. */
    int operations(int interest);

    void ensureOpen() throws ClosedChannelException;
}
