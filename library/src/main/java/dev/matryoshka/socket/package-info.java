/**
 * The inner doll: a socket whose calls park the task instead of blocking the thread (asyncio's {@code loop.sock_*}).
 *
 * <pre>
 *                     Connecting ─ connect ─┐
 *   task ──▶ AsyncSocket ──▶ Sender ── send ┼─▶ Direction sending ───┐
 *                     └────▶ Receiver ─ recv┴─▶ Direction receiving ─┤ each: one task at a time
 *                                                                    ▼
 *            SocketCore: state, events ◀── readiness ── Channel ── tryRecv, trySend ─▶ kernel
 *
 *   task ──▶ AsyncDatagramSocket ──▶ Direction each way ──▶ DatagramCore ◀── DatagramChannel
 * </pre>
 *
 * One call is one wait at most, and a call that can be answered at once does not wait at all. The registration with the loop
 * stands for the life of a connection; asyncio makes and removes one per wait, which is why its inner doll is the slowest.
 * This package never buffers a byte, never reads ahead, and never sends on its own: between two calls nothing happens.
 */
@NullMarked
package dev.matryoshka.socket;

import org.jspecify.annotations.NullMarked;
