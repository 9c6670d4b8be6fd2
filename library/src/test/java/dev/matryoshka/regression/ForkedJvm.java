package dev.matryoshka.regression;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program in a JVM of its own: for what can happen once per JVM only, or depends on its options. */
public final class ForkedJvm {
    /** The option that tasks need. */
    public static final String ADD_OPENS = "--add-opens=java.base/java.lang=ALL-UNNAMED";

    public static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    private static final long SECONDS_MAX = 150;

    private ForkedJvm() {}

    /** Runs {@code main} with options, and returns all that it printed. It must end with exit code 0. The quick compiler, unless asked. */
    public static String run(Class<?> main, String... options) throws IOException, InterruptedException {
        return run(main, Map.of(), options);
    }

    /** As {@link #run(Class, String...)}, with more variables in its environment. */
    public static String run(Class<?> main, Map<String, String> variables, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-ea", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx2g")); // references of 4 bytes
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath(), main.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(variables);
        Process process = builder.start();
        Thread killer = Thread.ofPlatform().daemon().start(() -> killWhenLate(process));
        String output;
        try (InputStream printed = process.getInputStream()) {
            output = new String(printed.readAllBytes(), StandardCharsets.UTF_8);
        }
        int code = process.waitFor();
        killer.interrupt();
        if (code != 0) {
            throw new AssertionError(main.getSimpleName() + " ended with " + code + ":\n" + output);
        }
        return output;
    }

    private static void killWhenLate(Process process) {
        try {
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Surefire puts the real one beside its own. */
    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }
}
