/**
 * Looks into event loops of another JVM.
 *
 * <pre>
 *   Inspection (here) ── attach, load ─▶ InspectionAgent (there) ─▶ EventLoop.openLoops() ─▶ snapshot().ps()
 *        ▲                                        │
 *        └────────── a system property ◀──────────┘
 * </pre>
 *
 * The other JVM needs no preparation and runs no server for it; its loops are asked by their own library, of whatever version. It
 * never opens a port, and leaves nothing behind there but the loaded agent class.
 */
@NullMarked
package dev.matryoshka.cli.inspect;

import org.jspecify.annotations.NullMarked;
