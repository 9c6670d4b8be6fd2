package dev.matryoshka.kernel;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to start as a child. Immutable, any thread; checked by whoever made it.
 *
 * @param program the file to execute, found already; absolute, or relative to the directory
 * @param arguments from argument 0 on, the name that the program is told; no NUL in them
 * @param environment all of it, or null for that of this process
 * @param directory where it starts, or null for that of this process
 * @param stdin from where it reads
 * @param stdout where it writes
 * @param stderr where it complains
 * @param leads what it becomes the leader of
 */
public record SpawnRequest(
        String program,
        List<String> arguments,
        @Nullable Map<String, String> environment,
        @Nullable Path directory,
        ChildStdio stdin,
        ChildStdio stdout,
        ChildStdio stderr,
        Leads leads) {
    /** What a child may become the leader of, so that signals of a terminal do not reach it, or reach it as a group. */
    public enum Leads {
        /** Nothing: it stays in the group of this process. */
        NOTHING,
        /** A process group, setpgid(2). */
        GROUP,
        /** A session, and a group in it; without a terminal, setsid(2). */
        SESSION
    }

    /** Its streams by number. */
    public ChildStdio stdio(int number) {
        return switch (number) {
            case 0 -> stdin;
            case 1 -> stdout;
            case 2 -> stderr;
            default -> throw new IllegalArgumentException("not a standard stream: " + number);
        };
    }
}
