package dev.matryoshka.process;

import dev.matryoshka.kernel.ChildStdio;
import dev.matryoshka.kernel.ChildStdio.Kind;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a standard stream of a child leads ({@code subprocess.PIPE} and its kin). Immutable.
 *
 * <p>Not {@link ProcessBuilder.Redirect}: that has no null device to read from, and does not say "where standard output goes".
 */
public final class Stdio {
    /** To a pipe, the other end of which is yours: a transport, a reader or a writer. */
    public static final Stdio PIPE = new Stdio(new ChildStdio(Kind.PIPE, null));

    /** Where that of this process leads; asyncio's {@code None}. */
    public static final Stdio INHERIT = new Stdio(new ChildStdio(Kind.INHERIT, null));

    /** To the null device: nothing to read, and what is written vanishes. */
    public static final Stdio DEVNULL = new Stdio(new ChildStdio(Kind.NULL, null));

    /** For standard error only: where standard output leads, in the order in which both are written. */
    public static final Stdio STDOUT = new Stdio(new ChildStdio(Kind.STDOUT, null));

    private final ChildStdio plan;

    private Stdio(ChildStdio plan) {
        this.plan = plan;
    }

    /**
     * A file: to read from, or to write to, which makes or empties it. It is opened when the child is started.
     *
     * @param path relative to the directory of this process, not to the child's
     */
    public static Stdio file(Path path) {
        return new Stdio(new ChildStdio(Kind.FILE, Objects.requireNonNull(path, "path")));
    }

    /** A file to write to behind what it has; it is made when it does not exist. Path as for {@link #file}. */
    public static Stdio append(Path path) {
        return new Stdio(new ChildStdio(Kind.APPEND, Objects.requireNonNull(path, "path")));
    }

    ChildStdio plan() {
        return plan;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Stdio that && plan.equals(that.plan);
    }

    @Override
    public int hashCode() {
        return plan.hashCode();
    }

    /** As {@code PIPE}, {@code FILE /tmp/log}. */
    @Override
    public String toString() {
        return plan.path() == null ? plan.kind().name() : plan.kind() + " " + plan.path();
    }
}
