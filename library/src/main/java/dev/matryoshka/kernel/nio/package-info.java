/**
 * Readiness from a {@link java.nio.channels.Selector}: the kernel that runs wherever Java runs, with no option and no native access.
 *
 * <pre>
 *   NioProvider ── open ──▶ NioKernel ──┬──▶ NioPoller ── select(consumer) ──▶ ready(token, bits)
 *                                       │        ▲  │ one SelectionKey per socket, interest kept standing
 *         any thread ── wakeup ─────────┼────────┘  ▼
 *                                       ├──▶ NioSocket ── SocketChannel | ServerSocketChannel
 *                                       └──▶ NioDatagramSocket ── DatagramChannel
 *                                                │
 *                             IOException ──▶ NioError: its words, back to the name of the errno
 * </pre>
 *
 * What stands here never makes a foreign call, never reports more than its interest set asked for, and never puts a channel
 * into blocking mode.
 */
@NullMarked
package dev.matryoshka.kernel.nio;

import org.jspecify.annotations.NullMarked;
