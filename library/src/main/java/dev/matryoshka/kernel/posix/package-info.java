/**
 * Sockets, pipes, terminals and child processes of Linux, by way of libc and the Foreign Function &amp; Memory API; shared by
 * every kernel on descriptors.
 *
 * <pre>
 *   PosixDescriptor ◀─┬─ PosixNetworkSocket ◀──┬── PosixSocket
 *                     │                        └── PosixDatagramSocket
 *                     └─ PosixPipe                pipes, FIFOs, terminals: read(2), write(2)
 *   PosixSocket ─── recv, send, accept4, connect ... ──▶ Libc ──▶ libc.so
 *        │                                                │
 *        │                                  result, or −errno (no exception, no object)
 *        │                                                │
 *        └──────── −errno ──▶ Errno.exception(operation, address) ──▶ IOException
 *
 *   PosixSockets    what the sockets of one kernel share: scratch memory, counters, the list of the open ones
 *   BufferIo        how bytes of any ByteBuffer get to an address: iovec table, staging memory for heap buffers
 *   FileNames       how a Path gets to the system: as the bytes that it is, which need not be text
 * </pre>
 *
 * What stands here never waits, never touches a poller, and knows no facility that reports readiness. Constants and
 * offsets hold for x86-64 and aarch64; a test compares each with the C compiler.
 */
@NullMarked
package dev.matryoshka.kernel.posix;

import org.jspecify.annotations.NullMarked;
