package dev.matryoshka.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Runs a command from jars, as it is shipped, and not from folders of classes: out of a folder no class can be loaded any
 * more when there is no descriptor left.
 */
final class Jars {
    private Jars() {}

    /** The same command with each folder of its class path packed into a jar in another folder. */
    static List<String> insteadOfFolders(List<String> command, Path target) throws IOException {
        List<String> changed = new ArrayList<>(command);
        int classPath = changed.indexOf("-cp") + 1;
        List<String> entries = new ArrayList<>();
        for (String entry : changed.get(classPath).split(File.pathSeparator)) {
            Path path = Path.of(entry);
            entries.add(Files.isDirectory(path) ? pack(path, target.resolve(entries.size() + ".jar")) : entry);
        }
        changed.set(classPath, String.join(File.pathSeparator, entries));
        return changed;
    }

    private static String pack(Path folder, Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(folder)) {
            files.filter(Files::isRegularFile).forEach(file -> {
                try {
                    out.putNextEntry(new JarEntry(folder.relativize(file).toString()));
                    Files.copy(file, out);
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            });
        }
        return jar.toString();
    }
}
