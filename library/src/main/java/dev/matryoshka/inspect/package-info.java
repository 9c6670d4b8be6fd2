/**
 * What a running loop holds at one moment, as values and as text.
 *
 * <pre>
 *   EventLoop.snapshot() ─▶ LoopSnapshot ─┬─ LoopGauges           counters and lengths of queues
 *                                         ├─ TaskSnapshot*        what each waits for, and where
 *                                         ├─ ConnectionSnapshot*  addresses, buffers, pauses
 *                                         ├─ ServerSnapshot*
 *                                         └─ StuckAt?             the loop did not answer: what it is doing instead
 *                  ps(), pstree() ◀───────┘
 * </pre>
 *
 * Immutable values; they hold no task, no socket and no loop, so whoever keeps one keeps nothing alive. This package never
 * looks into a loop by itself.
 */
@NullMarked
package dev.matryoshka.inspect;

import org.jspecify.annotations.NullMarked;
