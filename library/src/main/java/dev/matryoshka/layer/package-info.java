/**
 * What stands between a transport and a protocol and changes neither: who the peer really is, and what went over the wire.
 *
 * <pre>
 *    your Protocol ◀─────── dataReceived ─────── Transport
 *                     ▲                  ▲
 *        ProxyProtocol reads the     WireLog and Capture see every event,
 *        header, then steps aside    and write it down elsewhere
 * </pre>
 *
 * Each wraps a protocol factory, so it works for servers and clients, below and above TLS, and costs nothing where it is not
 * used. It never changes a byte of what it passes on, and never writes a file on the loop.
 */
@NullMarked
package dev.matryoshka.layer;

import org.jspecify.annotations.NullMarked;
