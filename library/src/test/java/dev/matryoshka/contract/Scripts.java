package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;

/** Seeded scripts of calls, each played in memory and on a kernel of the system: whether the two part, and where. */
final class Scripts {
    /** A difference has to come back: a busy system may let a reset arrive a call later. */
    private static final int TRIALS = 3;

    /** So many of the calls before a difference are told. */
    private static final int TOLD = 12;

    /** Plays the script of a seed: null when both agree, else what was done and where they part. */
    interface Play {
        String differenceOf(long seed) throws IOException;
    }

    private Scripts() {}

    /** Seeds from 1 to a number. */
    static void assertNoDifference(int count, Play play) throws IOException {
        StringBuilder differences = new StringBuilder();
        for (long seed = 1; seed <= count; seed++) {
            String difference = null;
            for (int trial = 0; trial < TRIALS && (trial == 0 || difference != null); trial++) {
                difference = play.differenceOf(seed);
            }
            if (difference != null) {
                differences.append(difference).append('\n');
            }
        }
        assertThat(differences.toString()).isEmpty();
    }

    /** @param script its seed, and of what kind it is */
    static String told(
            String script, Object step, String expected, KernelCase which, String answered, List<String> done) {
        return script + ": " + step + " in memory: " + expected + ", on " + which.name() + ": " + answered + "; after "
                + done.subList(Math.max(0, done.size() - TOLD), done.size());
    }
}
