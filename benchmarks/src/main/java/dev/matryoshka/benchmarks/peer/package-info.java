/**
 * Echo servers of others.
 *
 * <pre>
 *   PeerCommand ──▶ Peer ──▶ PeerServer: NioSelectorEcho
 *                                     ├─ VirtualThreadsEcho
 *                                     └─ NettyEcho ──▶ NettyKernel: epoll │ io_uring │ nio
 *                                            └── optionally TLS, on the JDK's engine as ours
 * </pre>
 *
 * They are written as their own manuals say, and never slower than that.
 */
@NullMarked
package dev.matryoshka.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
