package dev.matryoshka.benchmarks.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server to measure.
 *
 * @param name in tables and charts, and on the command line
 * @param launcher how it is started
 */
record Contestant(String name, Launcher launcher) {
    /** Makes the words that start a server on a free port, or on the Unix socket of the workshop. */
    @FunctionalInterface
    interface Launcher {
        /** Null when the server cannot do that. */
        @Nullable
        List<String> command(Serving serving, Workshop workshop);
    }

    /** The same server under another name, to see what is noise. */
    Contestant again() {
        return new Contestant(name + "-again", launcher);
    }
}
