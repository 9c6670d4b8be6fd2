/**
 * Readiness from epoll(7), edge-triggered, by way of the Foreign Function &amp; Memory API.
 *
 * <pre>
 *   EpollProvider ── open ──▶ EpollKernel ──┬──▶ EpollPoller ── epoll_wait ──▶ ready(token, bits)
 *                                           │         ▲
 *        any thread ── wakeup ──▶ Bell ─────┼─────────┘  one eventfd in the same set
 *                                           │
 *                                           └──▶ PosixSockets ── registered once; a listener rests
 * </pre>
 *
 * What stands here never changes a registration for a message (only a listener that nobody accepts from leaves the mask), never
 * reads or writes a byte of a connection, and never takes a lock.
 */
@NullMarked
package dev.matryoshka.kernel.epoll;

import org.jspecify.annotations.NullMarked;
