/**
 * Standard input and output at one end of a connection, on the middle doll.
 *
 * <pre>
 *   standard input  ─ thread ─▶ Inlet  ─▶ write ──┐
 *                                                  Transport ◀──▶ peer
 *   standard output ◀ thread ── Outlet ◀── data ──┘
 * </pre>
 *
 * Blocking streams stand on threads of their own, since a terminal, a file and a pipe wait in ways that no kernel has in common.
 * Neither side reads ahead of the other by more than a bound, and nothing here looks into the bytes.
 */
@NullMarked
package dev.matryoshka.cli.cat;

import org.jspecify.annotations.NullMarked;
