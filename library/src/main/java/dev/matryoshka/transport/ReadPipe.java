package dev.matryoshka.transport;

/**
 * A pipe that is read (asyncio's pair of transport and protocol).
 *
 * @param transport what stops and ends it
 * @param protocol what hears of it
 */
public record ReadPipe<P extends BaseProtocol>(ReadTransport transport, P protocol) {}
