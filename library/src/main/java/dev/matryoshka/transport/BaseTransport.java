package dev.matryoshka.transport;

import dev.matryoshka.loop.Loop;

/**
 * What every transport of bytes has, whichever directions it goes (asyncio.BaseTransport): a protocol and an end. Loop thread only;
 * elsewhere {@link dev.matryoshka.loop.WrongThreadException}. Nothing here waits.
 */
public interface BaseTransport {
    /** Any thread. */
    Loop loop();

    /** Stops receiving at once, sends what is buffered, then {@code connectionLost(null)}. Idempotent. */
    void close();

    /** Drops what is buffered, then {@code connectionLost(null)}. After the end it does nothing. */
    void abort();

    /** Whether close or abort was called, or the connection is lost. */
    boolean isClosing();

    /** Hands the connection to another protocol, of either kind, from the next callback on. No callback is made. */
    void setProtocol(BaseProtocol protocol);

    /** The protocol that gets the callbacks. */
    BaseProtocol protocol();
}
