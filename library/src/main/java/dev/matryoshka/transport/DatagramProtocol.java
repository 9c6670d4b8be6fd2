package dev.matryoshka.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Hears the datagrams of one endpoint. Called by the loop, on its thread, never two at once; do not park.
 *
 * <p>Grammar: {@code connectionMade (datagramReceived | errorReceived)* connectionLost}, with {@code pauseWriting resumeWriting} in
 * strict turns anywhere between made and lost. Made and lost come exactly once each.
 *
 * <p>What these methods throw goes to the loop's exception handler, and the endpoint lives on. (asyncio.DatagramProtocol)
 */
public interface DatagramProtocol extends FlowControlled {
    /** The endpoint is open; before any other callback. */
    default void connectionMade(DatagramTransport transport) {}

    /**
     * A datagram has come.
     *
     * @param datagram read-only and lent: valid during the call; empty for an empty one. Whether it was cut because it did not fit
     *     says {@link DatagramTransport#isTruncated()}
     * @param sender whom to answer; the same object as before while the same peer goes on
     */
    default void datagramReceived(ByteBuffer datagram, SocketAddress sender) {}

    /**
     * A send or receive has failed, and nothing is over: one datagram was too long, had no route, or, on a connected endpoint,
     * nobody was there for an earlier one ({@link java.net.PortUnreachableException}). May come from inside {@code sendTo}.
     */
    default void errorReceived(IOException exception) {}

    /**
     * The endpoint is closed; the last callback. The socket is closed after it returned.
     *
     * @param exception null after {@code close} or {@code abort}; otherwise a defect that broke it, never an error of the network
     */
    default void connectionLost(@Nullable Throwable exception) {}
}
