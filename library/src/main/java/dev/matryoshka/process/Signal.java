package dev.matryoshka.process;

import org.jspecify.annotations.Nullable;

/**
 * Signals by name, with the numbers that they have on Linux (signal(7); x86-64 and aarch64). Two things are done with one: a
 * child is sent it, and a loop listens to it ({@link Signals#addSignalHandler}), unless {@link #isCatchable()} says no.
 */
public enum Signal {
    /** The terminal is gone; for daemons by custom "read your configuration again". */
    SIGHUP(1),
    /** Ctrl-C. */
    SIGINT(2),
    /** Ctrl-backslash; a JVM prints its threads. */
    SIGQUIT(3, "the JVM prints a thread dump at it"),
    /** abort(3). */
    SIGABRT(6),
    /** The end, at once and without a word. */
    SIGKILL(9, "no process can catch it"),
    /** Free for applications. */
    SIGUSR1(10),
    /** Free for applications, but for a JVM. */
    SIGUSR2(12, "the JVM suspends its threads with it"),
    /** A write into a pipe that nobody reads. */
    SIGPIPE(13, "the JVM ignores it, so that a write fails with EPIPE instead"),
    /** A timer of alarm(2) has run out. */
    SIGALRM(14),
    /** Please end. */
    SIGTERM(15),
    /** A child has ended; the JDK and this library wait for theirs without it. */
    SIGCHLD(17),
    /** Go on after a stop. */
    SIGCONT(18),
    /** Stop, without a choice. */
    SIGSTOP(19, "no process can catch it"),
    /** Ctrl-Z. */
    SIGTSTP(20),
    /** The window of the terminal has another size. */
    SIGWINCH(28);

    private final int number;
    private final @Nullable String whyNot;

    Signal(int number) {
        this(number, null);
    }

    Signal(int number, @Nullable String whyNot) {
        this.number = number;
        this.whyNot = whyNot;
    }

    /** Its number on Linux. A child that it ended has the negative of it as its return code. */
    public int number() {
        return number;
    }

    /** Whether a loop may listen to it. */
    public boolean isCatchable() {
        return whyNot == null;
    }

    /** Why it cannot be listened to, or null. */
    @Nullable
    String whyNotCatchable() {
        return whyNot;
    }

    /** {@code TERM}, as the JVM and kill(1) spell it. */
    String shortName() {
        return name().substring("SIG".length());
    }
}
