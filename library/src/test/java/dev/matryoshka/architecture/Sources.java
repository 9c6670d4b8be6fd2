package dev.matryoshka.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/** The Java sources of every module, as text. */
public final class Sources {
    /** The directory with all modules, or the library alone when it was unpacked without them. */
    public static final Path ROOT = root();

    /** Every source file of every module, sorted. */
    static final List<Source> ALL = read();

    private Sources() {}

    /**
     * One file.
     *
     * @param path from the root, with slashes
     */
    public record Source(String path, String text, List<String> lines) {
        public boolean isTest() {
            return path.contains("src/test/java/");
        }

        boolean isOfLibraryProper() {
            return ROOT.resolve(path).startsWith(Library.DIRECTORY.resolve("src/main/java"));
        }

        boolean isPackageInfo() {
            return path.endsWith("/package-info.java");
        }

        String directory() {
            return path.substring(0, path.lastIndexOf('/'));
        }
    }

    static List<Source> where(Predicate<Source> wanted) {
        return ALL.stream().filter(wanted).toList();
    }

    private static Path root() {
        Path parent = Library.DIRECTORY.getParent();
        return parent != null && Files.exists(parent.resolve("pom.xml")) ? parent : Library.DIRECTORY;
    }

    private static List<Source> read() {
        List<Source> found = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    String name = directory.getFileName().toString();
                    boolean foreign = name.equals("target") || name.startsWith(".") && !directory.equals(ROOT);
                    return foreign ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (file.toString().endsWith(".java")) {
                        String text = Files.readString(file);
                        String path = ROOT.relativize(file).toString().replace('\\', '/');
                        found.add(new Source(path, text, text.lines().toList()));
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        found.sort((a, b) -> a.path().compareTo(b.path()));
        return Collections.unmodifiableList(found);
    }
}
