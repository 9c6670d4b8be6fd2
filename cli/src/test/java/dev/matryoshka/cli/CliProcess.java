package dev.matryoshka.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Any command of ours in a process of its own, or a foreign program, with its three streams. */
final class CliProcess implements AutoCloseable {
    private static final int LIMIT_SECONDS = 60;

    /** A process of ours lives for a second: what a compiler and a collector prepare for longer lives costs more than all it does. */
    private static final List<String> SHORT_LIFE = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Process process;
    private final Path errors = Files.createTempFile("matryoshka", ".err");

    private CliProcess(ProcessBuilder builder) throws IOException {
        process = builder.redirectError(errors.toFile()).start();
    }

    static CliProcess start(String... arguments) throws IOException {
        return new CliProcess(new ProcessBuilder(command(arguments)));
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(JavaCommand.of(List.of(arguments)));
        command.addAll(1, SHORT_LIFE);
        return command;
    }

    static CliProcess startForeign(String... command) throws IOException {
        return new CliProcess(new ProcessBuilder(command));
    }

    /** The words that start a command of ours, for a shell. */
    static String inShell(String... arguments) {
        StringBuilder line = new StringBuilder();
        for (String word : command(arguments)) {
            line.append('\'').append(word.replace("'", "'\\''")).append("' ");
        }
        return line.toString();
    }

    OutputStream input() {
        return process.getOutputStream();
    }

    InputStream output() {
        return process.getInputStream();
    }

    BufferedReader lines() {
        return process.inputReader();
    }

    /** The port of the first line that ends with one. */
    int port() throws IOException {
        for (String line; (line = lines().readLine()) != null; ) {
            String digits = line.replaceAll("^.*[: ](?=\\d+\\b[^:]*$)|\\D*$", "");
            if (line.matches("(listening on |ACCEPT |Serving HTTP on ).*\\d.*")) {
                return Integer.parseInt(digits.replaceAll("\\D.*", ""));
            }
        }
        throw new AssertionError("ended: " + errors());
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitCode() throws InterruptedException, IOException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the process has not ended; it said " + errors());
        }
        return process.exitValue();
    }

    List<String> errors() throws IOException {
        return complaints(errors);
    }

    /** The lines of a standard error, but for those about slowness: that is the machine's, not the command's. */
    static List<String> complaints(Path errors) throws IOException {
        return Files.readAllLines(errors).stream()
                .filter(line -> !line.matches(".* took PT[\\d.]+S"))
                .toList();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(errors);
    }
}
