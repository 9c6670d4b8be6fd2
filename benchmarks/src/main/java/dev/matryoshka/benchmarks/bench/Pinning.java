package dev.matryoshka.benchmarks.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Puts child processes on cores, by taskset(1) of util-linux: a server that shares its core with the load is measured with
 * the scheduler's moods.
 */
public enum Pinning {
    /** Server on core 0, load on core 1. */
    PINNED,
    /** Wherever the system puts them. */
    UNPINNED;

    static final int SERVER_CORE = 0;
    static final int LOAD_CORE = 1;

    private static final String TOOL = "taskset";
    private static final int TRY_SECONDS = 5;

    /** Tries it: the tool may be missing, and a container may have other cores, or one. */
    public static Pinning detect() {
        return works(SERVER_CORE) && works(LOAD_CORE) ? PINNED : UNPINNED;
    }

    private static boolean works(int core) {
        try {
            Process process = new ProcessBuilder(TOOL, "-c", String.valueOf(core), "true")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(TRY_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What stands before a command that is to run on a core. */
    List<String> prefix(int core) {
        return this == PINNED ? List.of(TOOL, "-c", String.valueOf(core)) : List.of();
    }
}
