package dev.matryoshka.transport;

/**
 * A pipe that is written (asyncio's pair of transport and protocol).
 *
 * @param transport what takes the bytes
 * @param protocol what hears of its end, and is asked to pause
 */
public record WritePipe<P extends BaseProtocol>(WriteTransport transport, P protocol) {}
