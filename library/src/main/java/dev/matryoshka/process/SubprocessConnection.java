package dev.matryoshka.process;

/**
 * What starting a child gives: the two halves. {@code connectionMade} has been called.
 *
 * @param transport to command
 * @param protocol that the factory made
 * @param <P> its type
 */
public record SubprocessConnection<P extends SubprocessProtocol>(SubprocessTransport transport, P protocol) {}
