package dev.matryoshka.transport;

/**
 * What connecting gives: the two halves of a connection. {@code connectionMade} has been called.
 *
 * @param transport to command
 * @param protocol that the factory made
 * @param <P> its type
 */
public record Connection<P extends BaseProtocol>(Transport transport, P protocol) {}
