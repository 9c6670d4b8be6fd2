/**
 * Names to addresses, off the loop.
 *
 * <pre>
 *   host ──▶ Lookup ──▶ HostAddresses: a literal? ── yes ──▶ the address, at once
 *               ▲                 │ no
 *   on the loop │                 ▼
 *               └──────────── Resolver ──▶ SystemResolver: getaddrinfo(3) on a pool of its own
 * </pre>
 *
 * A look-up never runs on a loop's thread, and never shares a pool with the users' blocking work: a busy executor must not
 * look like a slow name server. It never reorders what the resolver found.
 */
@NullMarked
package dev.matryoshka.resolve;

import org.jspecify.annotations.NullMarked;
