package dev.matryoshka.benchmarks.micro;

/** What the poster counts in a {@link Window}, two cache lines away from what the loop counts: processors fetch them in pairs. */
abstract class PosterCounts {
    long posted;
    long ranAtLeast;

    @SuppressWarnings("unused") // keeps what follows away
    private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15;
}
