package dev.matryoshka.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.support.TestLoop;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A foreign program on the other side. Ends with the test, whatever happens; its output is collected by a thread. */
final class Program implements AutoCloseable {
    private static final int END_SECONDS = 20;
    private static final Pattern PORTS = Pattern.compile("ports ([0-9 ]+) end");

    private final Process process;
    private final StringBuffer output = new StringBuffer();
    private final Thread collector;

    private Program(Process process) {
        this.process = process;
        this.collector =
                Thread.ofPlatform().daemon().name("output of a foreign program").start(this::collect);
    }

    /** Skips the test where the program is missing. */
    static Program start(List<String> command) {
        return start(command, Redirect.PIPE);
    }

    /** The same with a file as its input. */
    static Program start(List<String> command, Path input) {
        return start(command, Redirect.from(input.toFile()));
    }

    private static Program start(List<String> command, Redirect input) {
        try {
            return new Program(new ProcessBuilder(command)
                    .redirectInput(input)
                    .redirectErrorStream(true)
                    .start());
        } catch (IOException missing) {
            assumeTrue(false, "skipped, " + command.getFirst() + " does not run here: " + missing.getMessage());
            throw new AssertionError(missing);
        }
    }

    /** One of the programs in Python of the test resources. */
    static Program python(String script, String side, List<String> arguments) {
        URL file = Objects.requireNonNull(Program.class.getResource("/interop/" + script), script);
        List<String> command = new ArrayList<>(
                List.of("python3", Path.of(URI.create(file.toString())).toString(), side));
        command.addAll(arguments);
        return start(command);
    }

    private void collect() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
            char[] piece = new char[8192];
            for (int count; (count = reader.read(piece)) > 0; ) {
                output.append(piece, 0, count);
            }
        } catch (IOException ended) {
            output.append("[output ended: ").append(ended).append(']');
        }
    }

    void send(String text) throws IOException {
        OutputStream stdin = process.getOutputStream();
        stdin.write(text.getBytes(StandardCharsets.ISO_8859_1));
        stdin.flush();
    }

    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    String output() {
        return output.toString();
    }

    /** In a task: the loop goes on meanwhile. */
    void awaitOutput(TestLoop on, String text) throws InterruptedException {
        on.until("it says '" + text + "', but it says: " + output, () -> output().contains(text));
    }

    /** In a task: the numbers in the line {@code ports NUMBER... end}, which a server says when it listens. */
    int[] awaitPorts(TestLoop on) throws InterruptedException {
        awaitOutput(on, " end");
        Matcher matcher = PORTS.matcher(output());
        assertThat(matcher.find()).as(output()).isTrue();
        return Stream.of(matcher.group(1).split(" "))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    /** In a task: awaits the end, and answers all that was said. */
    String awaitEnd(TestLoop on) throws InterruptedException {
        on.until("it ends, but it says: " + output, () -> !process.isAlive());
        return end();
    }

    private String end() throws InterruptedException {
        collector.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
        return output();
    }

    int exitCode() {
        return process.exitValue();
    }

    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        end();
    }
}
