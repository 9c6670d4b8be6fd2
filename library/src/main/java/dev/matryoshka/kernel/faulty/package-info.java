/**
 * Kernels around a kernel: one that makes things go wrong, and one that watches whether all keep to the rules.
 *
 * <pre>
 *   loop ──▶ CheckingKernel ──▶ FaultyKernel ──▶ any kernel
 *              is this call        does it go
 *              allowed, is the     wrong now?
 *              answer possible?    Faults + seed
 * </pre>
 *
 * What stands here never opens anything itself, never invents bytes, and never uses chance that a seed does not repeat. It is
 * for tests: no production loop runs through it.
 */
@NullMarked
package dev.matryoshka.kernel.faulty;

import org.jspecify.annotations.NullMarked;
