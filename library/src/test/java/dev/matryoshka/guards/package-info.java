/**
 * What the fast paths may cost, held by counters: a regression fails here, and needs no benchmark to be seen.
 *
 * <pre>
 *   Asker (a protocol) ── Road: TCP │ Unix │ TLS ──▶ Doll: socket │ protocol │ buffered │ stream │ lines
 *        both ends on one loop; Spent = system calls by kind, passes, switches, callbacks, bytes allocated
 * </pre>
 *
 * <p>Never a clock: a figure that depends on how busy the machine is does not belong here. The table of all guards, also of those
 * that stand beside what they guard, is docs/design/0023-guards.md.
 */
@NullMarked
package dev.matryoshka.guards;

import org.jspecify.annotations.NullMarked;
