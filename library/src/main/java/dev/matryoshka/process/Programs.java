package dev.matryoshka.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the file of a program, as execvp(3) does; on the variables of the child, as Python does. Any thread; looks at the disk.
 *
 * <p>Done here, before anything is started, because systems tell "no such program" and "no such directory" by the same number, and
 * so that every kernel tells them by the same exception.
 */
final class Programs {
    /** Where execvp(3) looks without a PATH. */
    private static final String USUAL_PATH = "/bin:/usr/bin";

    private Programs() {}

    /**
     * The file to execute: absolute, or with a slash, relative to the child's directory.
     *
     * @throws NoSuchFileException there is none of that name, or no such directory
     * @throws AccessDeniedException there is one, and it may not be executed
     * @throws NotDirectoryException the child cannot start there
     */
    static String find(String program, @Nullable Map<String, String> environment, @Nullable Path directory)
            throws IOException {
        if (File.separatorChar != '/') {
            return program; // systems that complete the name: theirs to find
        }
        if (directory != null) {
            checkDirectory(program, directory);
        }
        if (program.indexOf('/') >= 0) {
            check(program, resolved(Path.of(program), directory));
            return program;
        }
        return search(program, path(environment), directory);
    }

    private static void checkDirectory(String program, Path directory) throws IOException {
        if (!Files.exists(directory)) {
            throw new NoSuchFileException(
                    directory.toString(), null, "no such directory to start '" + program + "' in");
        }
        if (!Files.isDirectory(directory)) {
            throw new NotDirectoryException(directory + ": no directory to start '" + program + "' in");
        }
    }

    private static String path(@Nullable Map<String, String> environment) {
        String path = environment == null ? System.getenv("PATH") : environment.get("PATH");
        return path == null ? USUAL_PATH : path;
    }

    private static String search(String program, String path, @Nullable Path directory) throws IOException {
        Path forbidden = null;
        for (String entry : path.split(File.pathSeparator, -1)) {
            Path candidate = resolved(Path.of(entry, program), directory);
            if (isProgram(candidate)) {
                return candidate.toAbsolutePath().toString();
            }
            if (forbidden == null && Files.exists(candidate)) {
                forbidden = candidate;
            }
        }
        if (forbidden != null) {
            throw notExecutable(program, forbidden);
        }
        throw new NoSuchFileException(program, null, "no such program on the path " + path);
    }

    private static Path resolved(Path path, @Nullable Path directory) {
        return directory == null ? path : directory.resolve(path);
    }

    private static void check(String program, Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(program, null, "no such program");
        }
        if (!isProgram(file)) {
            throw notExecutable(program, file);
        }
    }

    private static boolean isProgram(Path file) {
        return Files.isExecutable(file) && !Files.isDirectory(file);
    }

    private static AccessDeniedException notExecutable(String program, Path file) {
        String reason = Files.isDirectory(file) ? "is a directory" : "may not be executed";
        return new AccessDeniedException(program, null, file + " " + reason);
    }
}
