package dev.matryoshka.process;

import dev.matryoshka.kernel.ChildStdio;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a child is started. Immutable; start from {@link #inherited()} or {@link #piped()}.
 *
 * @param stdin where it reads from
 * @param stdout where it writes to
 * @param stderr where it complains to
 * @param environment all of its variables; null for those of this process, byte for byte
 * @param directory where it starts; null for where this process is
 * @param group which signals of a terminal reach it
 */
public record SubprocessOptions(
        Stdio stdin,
        Stdio stdout,
        Stdio stderr,
        @Nullable Map<String, String> environment,
        @Nullable Path directory,
        ProcessGroup group) {
    private static final SubprocessOptions INHERITED =
            new SubprocessOptions(Stdio.INHERIT, Stdio.INHERIT, Stdio.INHERIT, null, null, ProcessGroup.INHERITED);

    private static final SubprocessOptions PIPED =
            INHERITED.withStdin(Stdio.PIPE).withStdout(Stdio.PIPE).withStderr(Stdio.PIPE);

    /**
     * Checks the values and copies the variables.
     *
     * @throws IllegalArgumentException a stream that cannot lead there, or a variable that cannot be one
     */
    public SubprocessOptions {
        if (stdin.equals(Stdio.STDOUT) || stdout.equals(Stdio.STDOUT)) {
            throw new IllegalArgumentException("Stdio.STDOUT is for standard error only");
        }
        if (stdin.plan().kind() == ChildStdio.Kind.APPEND) {
            throw new IllegalArgumentException("standard input cannot append: " + stdin);
        }
        Objects.requireNonNull(stderr, "stderr");
        Objects.requireNonNull(group, "group");
        if (environment != null) {
            environment = Map.copyOf(environment);
            environment.forEach(SubprocessOptions::checkVariable);
        }
    }

    private static void checkVariable(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a variable of an environment: '" + name + "=" + value + "'");
        }
    }

    /** All three streams are those of this process, and so is everything else: asyncio's default for streams. */
    public static SubprocessOptions inherited() {
        return INHERITED;
    }

    /** All three streams are pipes, the rest is that of this process: asyncio's default for protocols. */
    public static SubprocessOptions piped() {
        return PIPED;
    }

    /** The same with another standard input. */
    public SubprocessOptions withStdin(Stdio newStdin) {
        return new SubprocessOptions(newStdin, stdout, stderr, environment, directory, group);
    }

    /** The same with another standard output. */
    public SubprocessOptions withStdout(Stdio newStdout) {
        return new SubprocessOptions(stdin, newStdout, stderr, environment, directory, group);
    }

    /** The same with another standard error. */
    public SubprocessOptions withStderr(Stdio newStderr) {
        return new SubprocessOptions(stdin, stdout, newStderr, environment, directory, group);
    }

    /** The same with these variables and no others; null for those of this process. */
    public SubprocessOptions withEnvironment(@Nullable Map<String, String> newEnvironment) {
        return new SubprocessOptions(stdin, stdout, stderr, newEnvironment, directory, group);
    }

    /** The same with one variable more, on top of those given before, or of those of this process. */
    public SubprocessOptions withVariable(String name, String value) {
        Map<String, String> more = new HashMap<>(environment != null ? environment : System.getenv());
        more.put(name, value);
        return withEnvironment(more);
    }

    /** The same, started in a directory; null for where this process is. */
    public SubprocessOptions withDirectory(@Nullable Path newDirectory) {
        return new SubprocessOptions(stdin, stdout, stderr, environment, newDirectory, group);
    }

    /** The same in a process group of its own, or not. */
    public SubprocessOptions withGroup(ProcessGroup newGroup) {
        return new SubprocessOptions(stdin, stdout, stderr, environment, directory, newGroup);
    }
}
