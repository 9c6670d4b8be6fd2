/**
 * Virtual threads carried by the loop: start, join, cancel, time out, group.
 *
 * <pre>
 *   createTask ─▶ PENDING ─▶ RUNNING ─▶ SUCCEEDED │ FAILED │ CANCELLED
 *                               │  ▲
 *                        parks  ▼  │  resumed by the loop, in the pass in which the wait is over
 *                              (waits)
 * </pre>
 *
 * Between two waits nothing else of the same loop runs, so tasks of one loop share variables without locks. A task never
 * runs in parallel with its loop, never moves to another, and is never stopped by force: cancelling is an interrupt.
 */
@NullMarked
package dev.matryoshka.task;

import org.jspecify.annotations.NullMarked;
