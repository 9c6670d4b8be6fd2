/**
 * Servers of others, and the one that is the limit.
 *
 * <pre>
 *   PeerCommand ──▶ Peer: a PeerServer ─┬─ NioSelectorEcho, VirtualThreadsEcho: the JDK alone
 *     PeerOptions: mode, address, TLS   └─ NettyServer ──▶ NettyKernel: epoll │ io_uring │ nio
 *                                             └── NettyHandlers, one for each Mode; optionally TLS, on the JDK's engine as ours
 *   server.c: the limit, compiled where it runs
 * </pre>
 *
 * They are written as their own manuals say, and never slower than that.
 */
@NullMarked
package dev.matryoshka.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
