package dev.matryoshka.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** The library as the architecture tests see it: its compiled classes, its packages, and where its sources stand. */
final class Library {
    static final String ROOT = "dev.matryoshka";

    /** The module's directory: Maven starts the tests there, an IDE perhaps one level above. */
    static final Path DIRECTORY = directory();

    private static final Path CLASS_FILES = DIRECTORY.resolve("target/classes");

    /** Read once for all rules; it is the slow part. */
    static final JavaClasses CLASSES = new ClassFileImporter().importPath(CLASS_FILES);

    /** Full names of the packages that every user sees. */
    static final Set<String> EXPORTED = exported();

    private Library() {}

    /** The package within the library: "kernel.nio", or "" for the front door. */
    static String packageOf(JavaClass type) {
        return local(type.getPackageName());
    }

    static String local(String packageName) {
        return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
    }

    static boolean contains(JavaClass type) {
        return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
    }

    static boolean isExported(JavaClass type) {
        return EXPORTED.contains(type.getPackageName());
    }

    private static Path directory() {
        Path here = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        return Files.isDirectory(here.resolve("library")) ? here.resolve("library") : here;
    }

    private static Set<String> exported() {
        try (InputStream bytes = Files.newInputStream(CLASS_FILES.resolve("module-info.class"))) {
            return ModuleDescriptor.read(bytes).exports().stream()
                    .filter(export -> !export.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
