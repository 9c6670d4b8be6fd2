/**
 * The doorstep: what the loop may ask of an operating system. Interfaces and plain values only.
 *
 * <pre>
 *   engine ── poll(timeout) ──▶ Poller ───────────── ready(token, bits) ──▶ engine
 *   transport, socket ── tryRecv / trySend ──▶ NonBlockingSocket, NonBlockingDatagramSocket
 *                                  ▲
 *        nio │ epoll │ memory      │  one Kernel per loop hands out both: they come as a pair
 * </pre>
 *
 * What stands here never waits (but for {@link dev.matryoshka.kernel.Poller#poll}), never calls user code, and never
 * decides a policy: no retries, no buffering, no timeouts.
 */
@NullMarked
package dev.matryoshka.kernel;

import org.jspecify.annotations.NullMarked;
