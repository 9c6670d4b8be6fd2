/**
 * The load generator of the bench: one process for all of a run, asked line by line.
 *
 * <pre>
 *   LoadRequest ──▶ LoadCommand ──▶ LoadKind ──▶ a Load: echo │ bulk │ churn │ idle │ open │ slow │ udp │ ...
 *   "echo port=1 size=1000"                        │
 *   LoadResult  ◀──────────────────────────────────┤
 *   "requests=1 nanos=2 cpu=3 histogram=..."       ├── Exchange: plain NIO, one thread; its Clients
 *                                                  └── TlsClients: Netty on BoringSSL, one thread
 * </pre>
 *
 * It never uses the library: a mistake of ours must not hide behind itself.
 */
@NullMarked
package dev.matryoshka.benchmarks.load;

import org.jspecify.annotations.NullMarked;
