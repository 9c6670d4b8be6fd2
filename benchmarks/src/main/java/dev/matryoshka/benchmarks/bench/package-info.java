/**
 * Measures echo servers side by side: each in turn on one core, the load on another.
 *
 * <pre>
 *   Bench ──▶ Child: matryoshka echo │ peer    core 0, one per server, all alive, one at work
 *     │                  ▲
 *     │                  │ closed loop: send, wait for the echo, send
 *     └────▶ Child: matryoshka load  ──▶ load   core 1, one for all
 *     ▼
 *   Results ──▶ table │ JSON │ chart
 * </pre>
 *
 * Rounds are interleaved, so that a slow minute of the machine hits every server. Nothing of the measured code runs in the
 * process that measures.
 */
@NullMarked
package dev.matryoshka.benchmarks.bench;

import org.jspecify.annotations.NullMarked;
