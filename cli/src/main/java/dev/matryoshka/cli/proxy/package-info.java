/**
 * A proxy for streams on the middle doll: two transports, each writing what the other receives.
 *
 * <pre>
 *   client ──▶ front transport ── Relay ─ back transport ──▶ target
 *              PROXY protocol ◀┘ └▶ PROXY protocol
 *              TLS                  TLS
 * </pre>
 *
 * Who does not read is not read for: neither side ever holds more than its write buffer's mark and one receive. It never looks
 * into the bytes, and knows nothing of the command line.
 */
@NullMarked
package dev.matryoshka.cli.proxy;

import org.jspecify.annotations.NullMarked;
