/**
 * Measures servers side by side: each in turn on one core, the load on another.
 *
 * <pre>
 *   BenchCommand ──▶ Plan: contestants, workloads, rounds
 *     ▼
 *   Bench ──▶ Servers: a child per contestant    core 0, all alive, one at work
 *     │                     ▲
 *     │                     │ what the workload says
 *     └─────▶ the load, a child, one for all     core 1
 *     ▼
 *   Results ──▶ Ratio ──▶ table │ JSON │ charts │ Markdown
 * </pre>
 *
 * Rounds are interleaved, each in an order of its own, so that a slow minute of the machine hits every server; figures are
 * compared within a round; one server stands there twice, and what it differs from itself is noise. Nothing of the measured
 * code runs in the process that measures, and no figure is ever shown that was not measured in that run.
 */
@NullMarked
package dev.matryoshka.benchmarks.bench;

import org.jspecify.annotations.NullMarked;
