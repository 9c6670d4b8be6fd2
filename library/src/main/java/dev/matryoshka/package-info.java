/**
 * The front door: {@link dev.matryoshka.EventLoop}, with a face for each doll.
 *
 * <pre>
 *   your task ──▶ StreamReader / StreamWriter ─┐                 stream      parks you; fed by a protocol
 *   your class ◀─ Protocol ◀── Transport ──────┤ write buffer    transport   calls you; flow control; servers
 *   your task ──▶ AsyncSocket.recv ── parks ───┤                 socket      one wait per call
 *                                              ▼
 *                                          one event loop
 * </pre>
 *
 * It joins the layers and never does their work: each method is one call into the doll that it belongs to.
 */
@NullMarked
package dev.matryoshka;

import org.jspecify.annotations.NullMarked;
