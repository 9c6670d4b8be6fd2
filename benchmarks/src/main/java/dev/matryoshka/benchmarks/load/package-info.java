/**
 * The load generator of the bench: one process for all of a run, asked line by line.
 *
 * <pre>
 *   LoadRequest ──▶ LoadCommand ──▶ LoadKind ──▶ a Load: echo │ ...
 *   "echo port=1 size=1000"                        │ plain NIO, one thread
 *   LoadResult  ◀──────────────────────────────────┘
 *   "requests=1 nanos=2 cpu=3 histogram=..."
 * </pre>
 *
 * It never uses the library: a mistake of ours must not hide behind itself.
 */
@NullMarked
package dev.matryoshka.benchmarks.load;

import org.jspecify.annotations.NullMarked;
