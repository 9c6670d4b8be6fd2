package dev.matryoshka.engine;

/**
 * Two cache lines of nothing before the fields of a subclass, which has as many of its own behind them: processors fetch
 * pairs of lines. For the few objects that one core writes all the time beside what another reads all the time; the heap would put
 * them side by side, and each write would cost the reader a transfer (docs/design/0019-inbox.md).
 */
abstract class Isolated {
    @SuppressWarnings("unused")
    private long b00, b01, b02, b03, b04, b05, b06, b07, b08, b09, b10, b11, b12, b13, b14, b15;
}
