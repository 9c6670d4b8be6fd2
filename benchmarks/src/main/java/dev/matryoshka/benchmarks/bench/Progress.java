package dev.matryoshka.benchmarks.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** How far a run is: one line that is written over in a terminal, a line for each stage elsewhere. One thread. */
public final class Progress {
    private static final int BAR_WIDTH = 30;

    /** Carriage return, then the terminal's "erase to the end of the line" (ECMA-48, EL). */
    private static final String REWIND = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean inTerminal;
    private int steps;
    private int done;
    private String stage = "";

    /** @param inTerminal whether the line may be written over */
    public Progress(PrintWriter err, boolean inTerminal) {
        this.err = err;
        this.inTerminal = inTerminal;
    }

    /**
     * Whether standard error is a terminal. {@code System.console()} answers for input and output only, so on Linux the link
     * of the descriptor is looked at.
     */
    public static boolean standardErrorIsTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException elsewhere) {
            return System.console() != null && System.console().isTerminal();
        }
    }

    void begin(int stepCount) {
        steps = stepCount;
        say("starting the servers");
    }

    void step(String newStage, String name, int sizeBytes) {
        if (inTerminal) {
            int filled = BAR_WIDTH * done / Math.max(1, steps);
            String bar = "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled);
            err.print(REWIND + "[" + bar + "] " + newStage + ": " + name + ", " + sizeBytes + " B");
            err.flush();
        } else if (!newStage.equals(stage)) {
            say(newStage);
        }
        stage = newStage;
        done++;
    }

    private void say(String what) {
        if (!inTerminal) {
            err.println("bench: " + what);
            err.flush();
        }
    }

    /** Leaves the terminal as it was. */
    void end() {
        if (inTerminal) {
            err.print(REWIND);
            err.flush();
        }
    }
}
