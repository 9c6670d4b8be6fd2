package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: who comes from elsewhere finds in our tables what there is. Method: each word in code in the right column that looks like
 * {@code Type}, {@code Type.member} or {@code member()} is looked for by reflection, in the exported packages and, for what the
 * JDK lends, in those of its packages that tasks use.
 */
class FromAsyncioTest {
    private static final Path GUIDE =
            Path.of("").toAbsolutePath().getParent().resolve("docs").resolve("guide");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern NAME =
            Pattern.compile("(?:([A-Z]\\w*)(?:\\.(\\w+))?|(?:new )?(\\w+)(?=\\())(?:\\(.*\\))?");
    private static final List<String> PACKAGES_OF_JDK = List.of(
            "java.lang",
            "java.io",
            "java.net",
            "java.nio",
            "java.nio.channels",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.locks",
            "java.util.function",
            "javax.net.ssl");

    private final Map<String, List<Class<?>>> types = exportedTypes();

    @ParameterizedTest
    @ValueSource(strings = {"from-asyncio.md", "from-netty.md"})
    void everyNameOfTheRightColumnExists(String page) throws IOException {
        List<String> missing = new ArrayList<>();
        int found = 0;
        for (List<String> row : rows(page)) {
            for (String code : codeOf(row.getLast())) {
                Matcher name = NAME.matcher(code);
                if (name.matches()) {
                    found++;
                    if (!exists(name)) {
                        missing.add(code);
                    }
                }
            }
        }
        assertThat(missing).as("names of %s that are nowhere", page).isEmpty();
        assertThat(found).isGreaterThan(20);
    }

    @Test
    void everyRowAnswersAndNoNameOfAsyncioIsAnsweredTwice() throws IOException {
        Map<String, Integer> asked = new TreeMap<>();
        for (List<String> row : rows("from-asyncio.md")) {
            assertThat(row).as("columns of %s", row).hasSize(2).noneMatch(String::isBlank);
            codeOf(row.getFirst()).stream()
                    .filter(name -> name.startsWith("loop.") || Character.isUpperCase(name.charAt(0)))
                    .forEach(name -> asked.merge(name, 1, Integer::sum));
        }
        assertThat(asked).hasSizeGreaterThan(150);
        assertThat(asked.entrySet().stream().filter(entry -> entry.getValue() > 1))
                .isEmpty();
    }

    private boolean exists(MatchResult name) {
        if (name.group(1) == null) {
            return types.values().stream().flatMap(List::stream).anyMatch(type -> has(type, name.group(3)))
                    || !ofJdk(name.group(3)).isEmpty();
        }
        List<Class<?>> candidates = new ArrayList<>(types.getOrDefault(name.group(1), List.of()));
        candidates.addAll(ofJdk(name.group(1)));
        String member = name.group(2);
        return candidates.stream().anyMatch(type -> member == null || has(type, member));
    }

    private static boolean has(Class<?> type, String member) {
        return Stream.concat(Arrays.stream(type.getMethods()), Arrays.stream(type.getFields()))
                .anyMatch(one -> one.getName().equals(member));
    }

    private static List<Class<?>> ofJdk(String name) {
        List<Class<?>> found = new ArrayList<>();
        for (String home : PACKAGES_OF_JDK) {
            try {
                found.add(Class.forName(home + "." + name));
            } catch (ClassNotFoundException | NoClassDefFoundError elsewhere) {
                // on file systems that take ReentrantLock for reentrantlock the second one comes
            }
        }
        return found;
    }

    // ---- the library ----------------------------------------------------------------------------------------------

    private static Map<String, List<Class<?>>> exportedTypes() {
        try {
            Path home = Path.of(EventLoop.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isDirectory(home)) {
                return typesIn(home);
            }
            try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + home.toUri()), Map.of())) {
                return typesIn(jar.getPath("/"));
            }
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static Map<String, List<Class<?>>> typesIn(Path root) throws IOException {
        ModuleDescriptor module;
        try (InputStream in = Files.newInputStream(root.resolve("module-info.class"))) {
            module = ModuleDescriptor.read(in);
        }
        Map<String, List<Class<?>>> types = new HashMap<>();
        for (ModuleDescriptor.Exports exported : module.exports()) {
            try (Stream<Path> files = Files.list(root.resolve(exported.source().replace('.', '/')))) {
                files.map(file -> Objects.requireNonNull(file.getFileName()).toString())
                        .filter(file -> file.endsWith(".class") && !file.startsWith("package-info"))
                        .map(file -> load(exported.source() + "." + file.replaceFirst("\\.class$", "")))
                        .filter(type -> Modifier.isPublic(type.getModifiers()))
                        .forEach(type -> types.computeIfAbsent(type.getSimpleName(), key -> new ArrayList<>())
                                .add(type));
            }
        }
        return types;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, EventLoop.class.getClassLoader());
        } catch (ClassNotFoundException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    // ---- the page -------------------------------------------------------------------------------------------------

    private static List<List<String>> rows(String page) {
        try (Stream<String> lines = Files.lines(GUIDE.resolve(page))) {
            return lines.filter(line -> line.startsWith("|") && !line.startsWith("|---") && !line.endsWith("| here |"))
                    .map(line -> Arrays.stream(
                                    line.substring(1, line.length() - 1).split(" \\| ", -1))
                            .map(String::strip)
                            .toList())
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static List<String> codeOf(String cell) {
        return CODE.matcher(cell).results().map(match -> match.group(1)).toList();
    }
}
