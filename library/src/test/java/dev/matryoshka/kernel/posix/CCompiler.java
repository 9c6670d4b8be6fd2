package dev.matryoshka.kernel.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Asks gcc what the headers of this machine say. Without gcc the calling test is skipped, with the reason in the
 * report.
 */
public final class CCompiler {
    private static final List<String> HEADERS = List.of(
            "errno.h",
            "fcntl.h",
            "poll.h",
            "signal.h",
            "spawn.h",
            "stddef.h",
            "stdio.h",
            "string.h",
            "time.h",
            "netinet/in.h",
            "netinet/tcp.h",
            "sys/epoll.h",
            "sys/eventfd.h",
            "sys/socket.h",
            "sys/syscall.h",
            "sys/uio.h",
            "sys/un.h",
            "sys/wait.h");

    private CCompiler() {}

    /** The values of C expressions of type int. */
    public static Map<String, Integer> ints(Collection<String> expressions) {
        Map<String, Integer> values = new TreeMap<>();
        print("%d", "(int) (%s)", expressions).forEach((name, text) -> values.put(name, Integer.valueOf(text)));
        return values;
    }

    /** The values of C expressions of type {@code char *}. */
    static Map<String, String> strings(Collection<String> expressions) {
        return print("%s", "%s", expressions);
    }

    /** Each int constant of a class must have the value of the C name that is spelled the same. */
    public static void assertSameInC(Class<?> constants) throws IllegalAccessException {
        Map<String, Integer> ours = new TreeMap<>();
        for (Field field : constants.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                field.setAccessible(true);
                ours.put(field.getName(), field.getInt(null));
            }
        }
        assertThat(ours).isNotEmpty().isEqualTo(ints(ours.keySet()));
    }

    private static Map<String, String> print(String format, String cast, Collection<String> expressions) {
        StringBuilder source = new StringBuilder("#define _GNU_SOURCE\n");
        HEADERS.forEach(header -> source.append("#include <").append(header).append(">\n"));
        source.append("int main(void) {\n");
        for (String expression : expressions) {
            source.append("printf(\"" + format + "\\n\", " + cast.formatted(expression) + ");\n");
        }
        List<String> lines = run(source.append("return 0; }\n").toString());
        Map<String, String> values = new TreeMap<>();
        int i = 0;
        for (String expression : expressions) {
            values.put(expression, lines.get(i++));
        }
        return values;
    }

    private static List<String> run(String source) {
        try {
            Path directory = Files.createTempDirectory("matryoshka-c");
            Path program = directory.resolve("a.out");
            Path text = Files.writeString(directory.resolve("a.c"), source);
            try {
                assumeTrue(hasGcc(), "gcc is not installed: nothing to compare with");
                assertThat(output("gcc", "-o", program.toString(), text.toString()))
                        .isEmpty();
                return output(program.toString());
            } finally {
                Files.deleteIfExists(program);
                Files.delete(text);
                Files.delete(directory);
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean hasGcc() throws InterruptedException {
        try {
            return !output("gcc", "--version").isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = new ArrayList<>();
        try (var reader = process.inputReader()) {
            reader.lines().forEach(lines::add);
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS))
                .as(String.join(" ", command))
                .isTrue();
        return lines;
    }
}
