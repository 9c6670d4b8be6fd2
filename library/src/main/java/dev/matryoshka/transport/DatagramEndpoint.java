package dev.matryoshka.transport;

/**
 * What opening a datagram endpoint gives. {@code connectionMade} has been called.
 *
 * @param transport to command
 * @param protocol that the factory made
 * @param <P> its type
 */
public record DatagramEndpoint<P extends DatagramProtocol>(DatagramTransport transport, P protocol) {}
