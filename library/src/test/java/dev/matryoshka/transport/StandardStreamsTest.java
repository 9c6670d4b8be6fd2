package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.EventLoop;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.stream.PipeReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.support.Proves;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: standard input and output are pipes like others, whatever is behind them, and others who have them do not notice. Method: a
 * program in a JVM of its own, its standard streams pipes, files, or nothing.
 */
@EnabledOnOs(OS.LINUX)
@Proves({"connect_read_pipe", "connect_write_pipe"})
class StandardStreamsTest {
    private static final long SECONDS_MAX = 120;

    @TempDir
    Path directory;

    /** Answers each line of its input, then writes with System.out, which must not have become non-blocking. */
    static final class Upper {
        private Upper() {}

        public static void main(String[] arguments) throws Exception {
            EventLoop.run(LoopOptions.defaults().withKernel(arguments[0]), loop -> {
                StreamWriter output = loop.openWritePipe(PipeEnd.standardOutput());
                try (PipeReader input = loop.openReadPipe(PipeEnd.standardInput())) {
                    for (String line; (line = input.reader().readLine(UTF_8)) != null; ) {
                        output.write(line.toUpperCase(java.util.Locale.ROOT) + "\n", UTF_8);
                    }
                }
                output.close();
                output.waitClosed();
            });
            System.out.print("x".repeat(300_000));
            System.out.flush();
        }
    }

    private Process start(String kernel, ProcessBuilder.Redirect in, ProcessBuilder.Redirect out) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp"));
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.addAll(List.of(Upper.class.getName(), kernel));
        return new ProcessBuilder(command)
                .redirectInput(in)
                .redirectOutput(out)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void awaitEnd(Process process) throws Exception {
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it does not end");
        }
        assertThat(process.exitValue()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void pipesAreReadAndWrittenAndLeftAsTheyWere(String kernel) throws Exception {
        assumeTrue(kernel.equals("nio") || EpollProvider.whyUnavailable() == null);
        Process process = start(kernel, ProcessBuilder.Redirect.PIPE, ProcessBuilder.Redirect.PIPE);
        try (OutputStream in = process.getOutputStream()) {
            in.write("hello\nworld".getBytes(UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        awaitEnd(process);
        if (kernel.equals("epoll")) {
            assertThat(output).startsWith("HELLO\nWORLD\nxxx").hasSize(12 + 300_000);
        } else {
            assertThat(output).contains("HELLO\nWORLD\n").hasSize(12 + 300_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void regularFilesGoThroughAThread(String kernel) throws Exception {
        assumeTrue(kernel.equals("nio") || EpollProvider.whyUnavailable() == null);
        Path in = Files.writeString(directory.resolve("in"), "from a file\n");
        Path out = directory.resolve("out");
        awaitEnd(start(kernel, ProcessBuilder.Redirect.from(in.toFile()), ProcessBuilder.Redirect.to(out.toFile())));
        assertThat(Files.readString(out)).contains("FROM A FILE\n").hasSize(12 + 300_000);
    }

    @Test
    void noInputAtAllIsAnEnd() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        Path out = directory.resolve("out");
        Path nothing = Path.of("/dev/null");
        awaitEnd(start(
                "epoll", ProcessBuilder.Redirect.from(nothing.toFile()), ProcessBuilder.Redirect.to(out.toFile())));
        assertThat(Files.size(out)).isEqualTo(300_000);
    }
}
