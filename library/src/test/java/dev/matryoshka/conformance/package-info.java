/**
 * Which test proves which row of the specification.
 *
 * <pre>
 *   rows.tsv ───────────┐
 *                       ├──▶ ConformancePage ──▶ docs/conformance.md
 *   @Proves on tests ───┘         │
 *                                 └──▶ a row with neither a test nor a reason fails the build
 * </pre>
 *
 * It reads the tests of all modules as text and never runs one.
 */
package dev.matryoshka.conformance;
