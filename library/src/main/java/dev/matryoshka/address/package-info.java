/**
 * Addresses that the JDK has no class for.
 *
 * <pre>
 *   SocketAddress ◀─┬─ InetSocketAddress         the JDK's
 *                   ├─ UnixDomainSocketAddress   the JDK's: a file
 *                   └─ AbstractUnixAddress       ours: a name of Linux, without a file
 * </pre>
 *
 * Values only: an address never looks a name up, opens a socket or asks a system.
 */
@NullMarked
package dev.matryoshka.address;

import org.jspecify.annotations.NullMarked;
