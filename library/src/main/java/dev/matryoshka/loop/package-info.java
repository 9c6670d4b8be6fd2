/**
 * The loop as its users see it: one thread, one ready queue, one clock; nothing blocks here.
 *
 * <pre>
 *        callSoon ─┐      callSoonThreadsafe (any thread) ─▶ inbox ─┐
 *   callLater/At ──┼─▶ timers ─▶ ┌──────────────────────────────┐   │
 *                  └────────────▶│ one pass: poll, ready, I/O,  │◀──┘
 *                                │ timers, tasks, flush, close  │
 *                                └──────────────────────────────┘
 * </pre>
 *
 * Interfaces and values only; the machine that turns stands in {@code engine}. This package never knows what a socket, a
 * task or a transport is.
 */
@NullMarked
package dev.matryoshka.loop;

import org.jspecify.annotations.NullMarked;
