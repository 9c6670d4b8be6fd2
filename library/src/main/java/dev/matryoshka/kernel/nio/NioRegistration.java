package dev.matryoshka.kernel.nio;

import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/** What the poller knows about one socket. Loop thread only; written by {@link NioPoller}, kept by the socket. */
final class NioRegistration {
    /** From register to deregister; an event of a registration that does not stand is not told. */
    boolean standing;

    /** The consumer's; handed back with each event. */
    long token;

    /** Bits of {@link dev.matryoshka.kernel.Readiness}. */
    int interest;

    /** Null before the socket listens or connects, and after deregister. */
    @Nullable
    SelectionKey key;
}
