package dev.matryoshka.cli;

import dev.matryoshka.cli.echo.TestClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code matryoshka echo} in a process of its own. */
final class EchoProcess implements AutoCloseable {
    private static final int LIMIT_SECONDS = 30;

    private final Process process;
    private final BufferedReader output;
    private final Path errors = Files.createTempFile("echo", ".err");
    private final String firstLine;

    /** What a build in the background ignores, SIGINT, its children would ignore as well. */
    private static final List<String> HEARING = List.of("env", "--default-signal=INT");

    private EchoProcess(List<String> command) throws IOException {
        List<String> words = new ArrayList<>(canHear() ? HEARING : List.of());
        words.addAll(command);
        process = new ProcessBuilder(words).redirectError(errors.toFile()).start();
        output = process.inputReader();
        String line = output.readLine();
        firstLine = line == null ? "" : line;
    }

    /** Starts a server on a free port, without a rehearsal, and waits for its first line. */
    static EchoProcess start(String... options) throws IOException {
        return new EchoProcess(command(cold(options)));
    }

    /** The same with a rehearsal. */
    static EchoProcess startRehearsed(String... options) throws IOException {
        return new EchoProcess(command(options));
    }

    private static String[] cold(String... options) {
        return Stream.concat(Stream.of("--cold"), Stream.of(options)).toArray(String[]::new);
    }

    /** With a rehearsal, with so many descriptors at most, from jars in a folder. */
    static EchoProcess startWithFewDescriptors(int descriptorsMax, Path folder, String... options) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("bash", "-c", "ulimit -n " + descriptorsMax + "; exec \"$0\" \"$@\""));
        command.addAll(Jars.insteadOfFolders(command(options), folder));
        return new EchoProcess(command);
    }

    private static List<String> command(String... options) {
        List<String> arguments = new ArrayList<>(List.of("echo"));
        arguments.addAll(List.of(options));
        return JavaCommand.of(arguments);
    }

    String firstLine() {
        return firstLine;
    }

    TestClient connect() throws IOException {
        int port = Integer.parseInt(firstLine.substring(firstLine.lastIndexOf(':') + 1));
        return new TestClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    long descriptorCount() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            return descriptors.count();
        }
    }

    /** Whether this system's env knows the option; elsewhere tests run in the foreground. */
    private static boolean canHear() throws IOException {
        List<String> trial = new ArrayList<>(HEARING);
        trial.add("true");
        try {
            return new ProcessBuilder(trial).redirectErrorStream(true).start().waitFor() == 0;
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    /** Sends a signal by its name. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    void endInput() throws IOException {
        process.outputWriter().close();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the process has not ended");
        }
        return process.exitValue();
    }

    /** What it said on standard output after its first line; after its end. */
    List<String> moreOutput() throws IOException {
        return output.lines().toList();
    }

    List<String> errors() throws IOException {
        return CliProcess.complaints(errors);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(errors);
    }
}
