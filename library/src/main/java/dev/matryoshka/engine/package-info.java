/**
 * The machine inside the loop: queues, timers, the inbox, the carrier of tasks, and the one method that is a pass.
 *
 * <pre>
 *                        ┌────────────── LoopEngine.runOnce ───────────────┐
 *  any thread ─▶ Inbox ─▶│ poll ─▶ ReadyQueue ─▶ Channels ─▶ TimerHeap ─▶  │
 *        └─▶ Doorbell ──▶│ Carrier (tasks) ─▶ flush ─▶ close(2)            │
 *                        └───────────▲──────────────────────┬──────────────┘
 *                                    │ ready(token, bits)   │ poll(timeout)
 *                                    └────── Poller ◀───────┘
 * </pre>
 *
 * Not exported. It never looks into bytes, never knows a protocol, a transport or a stream, and its carrier takes no
 * lock while the loop lives: what a callback or a task may hold must never be waited for by the thread that carries both.
 */
@NullMarked
package dev.matryoshka.engine;

import org.jspecify.annotations.NullMarked;
