/**
 * Other processes, and what is said to this one: subprocesses on pipes, and signals.
 *
 * <pre>
 *   your task ── communicate ──▶ Subprocess ──▶ StreamWriter, StreamReader ─┐
 *                                                                           ▼
 *   your class ◀─ SubprocessProtocol ◀── SubprocessTransport ──▶ pipe transports 0, 1, 2
 *                                               │    ▲
 *                                        spawn, │    │ exited (a pidfd in the loop's own poll)
 *                                        signal ▼    │
 *                                              the child            kill(1) ──▶ Signals ──▶ your callback
 * </pre>
 *
 * A child never inherits a descriptor that it was not given, never stays behind as a zombie, and is never sent a signal that
 * could reach another process with the same number.
 */
@NullMarked
package dev.matryoshka.process;

import org.jspecify.annotations.NullMarked;
