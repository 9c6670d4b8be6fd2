package dev.matryoshka.benchmarks.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.load.LoadRequest;
import dev.matryoshka.benchmarks.load.Loads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CServerTest {
    private static final int LIMIT_SECONDS = 20;

    @TempDir
    private static Path folder;

    @SuppressWarnings("NullAway.Init") // before the first test
    private static Path program;

    @BeforeAll
    static void compile() throws Exception {
        program = folder.resolve("server");
        Path source = folder.resolve("server.c");
        try (InputStream text = Peer.class.getResourceAsStream("server.c")) {
            Files.copy(Objects.requireNonNull(text), source);
        }
        try {
            Process compiler = new ProcessBuilder(
                            "cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program.toString(), source.toString())
                    .inheritIO()
                    .start();
            assertThat(compiler.waitFor()).isZero();
        } catch (IOException missing) {
            Assumptions.abort("no cc here: " + missing.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theServerInCAnswersInEachModeAsItShould(Mode mode) throws Exception {
        Process server = mode == Mode.UDP ? start("--udp") : start("--mode", mode.toString());
        try {
            assertThat(Loads.run(Loads.request(mode, port(server))).requests()).isPositive();
            endsWithItsInput(server);
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void theServerInCEchoesOnUnixSocketsAndRemovesItsFile() throws Exception {
        Path path = folder.resolve("socket");
        Process server = start("--unix", path.toString());
        try {
            assertThat(server.inputReader().readLine()).isEqualTo("listening on " + path);
            LoadRequest request = Loads.request(Mode.ECHO, 0).with(LoadRequest.UNIX, path);
            assertThat(Loads.run(request).requests()).isPositive();
            endsWithItsInput(server);
            assertThat(path).doesNotExist();
        } finally {
            server.destroyForcibly();
        }
    }

    private static Process start(String... words) throws IOException {
        String[] command = new String[words.length + 1];
        command[0] = program.toString();
        System.arraycopy(words, 0, command, 1, words.length);
        return new ProcessBuilder(command).start();
    }

    private static int port(Process server) throws IOException {
        String line = server.inputReader().readLine();
        assertThat(line).startsWith("listening on 127.0.0.1:");
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    }

    private static void endsWithItsInput(Process server) throws Exception {
        server.outputWriter().close();
        assertThat(server.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue()).isZero();
    }
}
