package dev.matryoshka.benchmarks.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** How far a run is: one line that is written over in a terminal, a line for each stage elsewhere. One thread. */
final class Progress {
    private static final int BAR_WIDTH = 30;
    private static final int SECONDS = 60;

    /** Carriage return, then the terminal's "erase to the end of the line" (ECMA-48, EL). */
    private static final String REWIND = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean inTerminal;
    private final long began = System.nanoTime();
    private Duration planned = Duration.ZERO;
    private Duration done = Duration.ZERO;
    private String stage = "";

    /** @param inTerminal whether the line may be written over */
    Progress(PrintWriter err, boolean inTerminal) {
        this.err = err;
        this.inTerminal = inTerminal;
    }

    /**
     * Whether standard error is a terminal. {@code System.console()} answers for input and output only, so on Linux the link
     * of the descriptor is looked at.
     */
    static boolean standardErrorIsTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException elsewhere) {
            return System.console() != null && System.console().isTerminal();
        }
    }

    void begin(Plan plan) {
        planned = plan.length();
        say(plan.contestants().size() + " servers, " + plan.workloads().size() + " workloads, " + plan.rounds()
                + " rounds: about " + text(planned));
    }

    /**
     * Something begins that is planned to take so long.
     *
     * @param newStage what it is part of; elsewhere than in a terminal only that is told
     */
    void step(String newStage, String what, Duration length) {
        if (inTerminal) {
            long whole = Math.max(1, planned.toMillis());
            int filled = (int) Math.min(BAR_WIDTH, BAR_WIDTH * done.toMillis() / whole);
            String bar = "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled);
            err.print(REWIND + "[" + bar + "] " + text(left()) + " left; " + newStage + ": " + what);
            err.flush();
        } else if (!newStage.equals(stage)) {
            say(newStage + ", " + text(left()) + " left");
        }
        stage = newStage;
        done = done.plus(length);
    }

    /** As the plan has it, stretched by how much longer it has taken so far. */
    private Duration left() {
        double nominal = planned.minus(done).toNanos();
        double stretch = done.isZero() ? 1 : (double) (System.nanoTime() - began) / done.toNanos();
        return Duration.ofNanos(Math.max(0, Math.round(nominal * Math.max(1, stretch))));
    }

    /** A line that stays. */
    void say(String what) {
        err.println((inTerminal ? REWIND : "") + "bench: " + what);
        err.flush();
    }

    /** Leaves the terminal as it was, and says how long it was. */
    void end() {
        say("took " + text(Duration.ofNanos(System.nanoTime() - began)));
    }

    /** {@code 2 min 5 s}. */
    static String text(Duration duration) {
        long seconds = duration.plusMillis(500).toSeconds();
        return seconds < SECONDS ? seconds + " s" : seconds / SECONDS + " min " + seconds % SECONDS + " s";
    }
}
