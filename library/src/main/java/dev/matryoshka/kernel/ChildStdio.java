package dev.matryoshka.kernel;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where one of the three standard streams of a child leads. Immutable, any thread.
 *
 * @param kind how
 * @param path for FILE and APPEND, else null
 */
public record ChildStdio(Kind kind, @Nullable Path path) {
    /** The kinds. */
    public enum Kind {
        /** To the other end of a pipe. */
        PIPE,
        /** Where that of this process leads. */
        INHERIT,
        /** To the null device. */
        NULL,
        /** From a file; or to one, which is made or emptied. */
        FILE,
        /** To the end of a file, which is made when it does not exist. */
        APPEND,
        /** Standard error only: where standard output leads. */
        STDOUT
    }

    public boolean isPipe() {
        return kind == Kind.PIPE;
    }
}
