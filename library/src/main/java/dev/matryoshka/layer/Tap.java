package dev.matryoshka.layer;

import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What listens in on one connection. It is told in order, on the loop, and changes nothing; what it throws is its own bug. */
interface Tap {
    /** Before the protocol hears of it. */
    void made(Transport transport);

    /** @param data lent, not to be moved; told before the protocol gets it */
    void received(ByteBuffer data);

    /** @param data lent, not to be moved; told when it is written, which may be before it is sent */
    void written(ByteBuffer data);

    /** The peer has ended its direction. */
    void eofReceived();

    /** The protocol has ended its own. */
    void eofWritten();

    /** The protocol has closed, which flushes, or dropped the connection. */
    void ended(boolean aborted);

    /** The last of all. */
    void lost(@Nullable Throwable exception);

    /** Everything else: a call in either direction, by its name. */
    default void called(String method) {}
}
