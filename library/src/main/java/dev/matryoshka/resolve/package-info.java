/**
 * Names to addresses and back, off the loop, and the order in which to try them.
 *
 * <pre>
 *   host ──▶ Lookup ──▶ HostAddresses: a literal? ── yes ──▶ the address, at once
 *               ▲                 │ no
 *   on the loop │                 ▼
 *               └──────────── Resolver: of the connection, of the loop, or SystemResolver
 *                                                 getaddrinfo(3) on threads of its own ◀┘
 *   addresses ──▶ HappyEyeballs.order ──▶ transport.Race
 * </pre>
 *
 * A look-up never runs on a loop's thread, and never shares a pool with the users' blocking work: a busy executor must not
 * look like a slow name server. Only {@code HappyEyeballs} reorders what a resolver found.
 */
@NullMarked
package dev.matryoshka.resolve;

import org.jspecify.annotations.NullMarked;
