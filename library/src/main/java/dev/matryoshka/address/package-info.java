/**
 * Addresses that the JDK has no class for, who is behind one, and what came from one.
 *
 * <pre>
 *   SocketAddress ◀─┬─ InetSocketAddress         the JDK's
 *                   ├─ UnixDomainSocketAddress   the JDK's: a file
 *                   └─ AbstractUnixAddress       ours: a name of Linux, without a file
 *   PeerCredentials                              who is at the other end of a Unix connection
 *   Datagram                                     bytes, and the address that they came from
 * </pre>
 *
 * Values only: an address never looks a name up, opens a socket or asks a system.
 */
@NullMarked
package dev.matryoshka.address;

import org.jspecify.annotations.NullMarked;
