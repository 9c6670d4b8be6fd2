package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.cli.CommandFailure;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Finds a Python that is new enough: the newest first, on the path and where pyenv puts them. */
final class Python {
    private static final List<String> VERSIONS = List.of("3.13", "3.12", "3.11");
    private static final int TRY_SECONDS = 10;

    private Python() {}

    /** @throws CommandFailure there is none */
    static String find() throws CommandFailure, InterruptedException {
        return findWith("asyncio");
    }

    /** @throws CommandFailure there is none from which a module can be imported */
    static String findWith(String module) throws CommandFailure, InterruptedException {
        for (String version : VERSIONS) {
            for (String candidate : candidates(version)) {
                if (Tool.works(TRY_SECONDS, candidate, "-c", "import " + module)) {
                    return candidate;
                }
            }
        }
        throw new CommandFailure("no Python " + VERSIONS.getLast() + " to " + VERSIONS.getFirst() + " with " + module
                + " is found on the path or in ~/.pyenv");
    }

    private static List<String> candidates(String version) {
        Stream<Path> onPath = Stream.of(
                        Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "python" + version));
        return Stream.concat(onPath, inPyenv(version))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .toList();
    }

    private static Stream<Path> inPyenv(String version) {
        Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
        try (Stream<Path> all = Files.list(versions)) {
            return all
                    .filter(folder -> folder.getFileName().toString().startsWith(version + "."))
                    .map(folder -> folder.resolve("bin").resolve("python" + version))
                    .toList()
                    .stream();
        } catch (IOException none) {
            return Stream.empty();
        }
    }
}
