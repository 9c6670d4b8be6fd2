/**
 * What the commands that talk to a network have in common: where to listen and to connect, and how to end in good order.
 *
 * <pre>
 *   "tls:HOST:PORT"  ──▶ Endpoint ── listen, connect ──▶ Server, Connection
 *   a signal ─────────▶ Drain ───▶ Drainable: close, closeClients, abortClients
 * </pre>
 *
 * It never prints and knows of no command.
 */
@NullMarked
package dev.matryoshka.cli.serve;

import org.jspecify.annotations.NullMarked;
