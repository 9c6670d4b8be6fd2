/**
 * Names to addresses, off the loop.
 *
 * <pre>
 *   host ──▶ HostAddresses: a literal? ── yes ──▶ the address, at once
 *                    │ no
 *                    ▼
 *              Resolver ──▶ the system's getaddrinfo on a pool of its own ──▶ addresses, in the system's order
 * </pre>
 *
 * A look-up never runs on a loop's thread, and never shares a pool with the users' blocking work: a busy executor must not
 * look like a slow name server.
 */
@NullMarked
package dev.matryoshka.resolve;

import org.jspecify.annotations.NullMarked;
