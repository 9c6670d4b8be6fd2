package dev.matryoshka.transport;

import org.jspecify.annotations.Nullable;

/**
 * What every protocol hears about its connection. Called by the loop, on its thread, never two at once; do not park.
 *
 * <p>Grammar of a stream connection: {@code connectionMade (dataReceived* eofReceived?) connectionLost}, with
 * {@code pauseWriting resumeWriting} in strict turns anywhere between made and lost. Made and lost come exactly once each.
 *
 * <p>What these methods throw goes to the loop's exception handler. From the receiving callbacks it is fatal to the
 * connection, from the others it is only reported. (asyncio.BaseProtocol)
 */
public sealed interface BaseProtocol extends FlowControlled permits Protocol, BufferedProtocol {
    /** The connection stands; before any other callback. */
    default void connectionMade(Transport transport) {}

    /**
     * The connection is over; the last callback. The socket is closed after it returned.
     *
     * @param exception null after {@code close}, {@code abort} or a regular end by the peer; otherwise what broke it
     */
    default void connectionLost(@Nullable Throwable exception) {}
}
