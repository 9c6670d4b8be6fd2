/**
 * Middle doll: a connection that calls you. Protocols, write buffer, flow control, servers, datagrams.
 *
 * <pre>
 *    your Protocol ◀── dataReceived ─── Transport ◀── onReadable ── Channel ◀── poll
 *         │                                ▲
 *         └── write ──▶ WriteBuffer ───────┘── one gathering send per callback or pass
 *                          │
 *                          └─ above high water ──▶ pauseWriting … resumeWriting
 *
 *    your DatagramProtocol ◀── datagramReceived, errorReceived ── DatagramTransport ◀── DatagramChannel
 *         └── sendTo ──▶ at once, or DatagramQueue
 * </pre>
 *
 * It never waits, and never parks except where {@code @Parks} says so. The transport stands on the try face of
 * the kernel's socket, not on the parking face of the inner doll: that is why it can be the fastest of the three.
 */
@NullMarked
package dev.matryoshka.transport;

import org.jspecify.annotations.NullMarked;
