package dev.matryoshka.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.cli.echo.TestClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What only a process of its own can show: signals, exit codes, descriptors, JVM options. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EchoProcessTest {
    /** More than a JVM needs for itself, and less than the clients that come. */
    private static final int FEW_DESCRIPTORS = 64;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Doll.class)
    void sigtermEndsEveryConnectionAndExitsWithZero(Doll doll) throws Exception {
        try (EchoProcess echo = EchoProcess.startRehearsed("--api", doll.toString());
                TestClient busy = echo.connect();
                TestClient idle = echo.connect()) {
            assertThat(echo.firstLine()).matches("listening on 127\\.0\\.0\\.1:\\d+");
            busy.send("hello");
            assertThat(busy.receive(5)).isEqualTo("hello");

            echo.signal("TERM");

            assertThat(busy.atEnd()).isTrue();
            assertThat(idle.atEnd()).isTrue();
            assertThat(echo.exitCode()).isZero();
            assertThat(echo.moreOutput()).isEmpty();
            assertThat(echo.errors()).isEmpty();
        }
    }

    @Test
    void sigintDoesTheSame() throws Exception {
        try (EchoProcess echo = EchoProcess.start("--api", "protocol", "--kernel", "nio");
                TestClient client = echo.connect()) {
            client.send("hello");
            assertThat(client.receive(5)).isEqualTo("hello");

            echo.signal("INT");

            assertThat(client.atEnd()).isTrue();
            assertThat(echo.exitCode()).isZero();
            assertThat(echo.errors()).isEmpty();
        }
    }

    @Test
    void theEndOfInputEndsTheServerOfAParentThatAskedForIt() throws Exception {
        try (EchoProcess echo = EchoProcess.start("--api", "protocol", "--until-eof")) {
            echo.endInput();

            assertThat(echo.exitCode()).isZero();
        }
    }

    @Test
    void theHostIsToldAsItWasGiven() throws Exception {
        try (EchoProcess echo = EchoProcess.start("--api", "socket", "--host", "localhost")) {
            assertThat(echo.firstLine()).matches("listening on localhost:\\d+");
        }
    }

    @ParameterizedTest
    @EnumSource(Doll.class)
    void withoutDescriptorsItWaitsAndThenServesWhoIsInTheQueue(Doll doll) throws Exception {
        List<TestClient> clients = new ArrayList<>();
        try (EchoProcess echo =
                EchoProcess.startWithFewDescriptors(FEW_DESCRIPTORS, folder, "--api", doll.toString())) {
            assertThat(echo.errors())
                    .as("after a rehearsal that had too few of them")
                    .isEmpty();
            for (int i = 0; i < FEW_DESCRIPTORS + 20; i++) {
                TestClient client = echo.connect();
                clients.add(client);
                client.send("first");
            }
            assertThat(clients.getFirst().receive(5)).isEqualTo("first");
            Await.until("the shortage is told", () -> !echo.errors().isEmpty());
            TestClient last = clients.removeLast();

            clients.forEach(TestClient::close);

            assertThat(last.receive(5)).isEqualTo("first");
            try (TestClient late = echo.connect()) {
                late.send("late");
                assertThat(late.receive(4)).isEqualTo("late");
            }
            last.close();
            assertThat(echo.errors()).allMatch(line -> line.startsWith("matryoshka echo: ") && line.contains("EMFILE"));
            echo.signal("TERM");
            assertThat(echo.exitCode()).isZero();
        } finally {
            clients.forEach(TestClient::close);
        }
    }

    @ParameterizedTest
    @EnumSource(Doll.class)
    void noDescriptorIsLeftBehind(Doll doll) throws Exception {
        try (EchoProcess echo = EchoProcess.start("--api", doll.toString())) {
            exchange(echo, 10); // loads what is loaded late
            long before = echo.descriptorCount();

            exchange(echo, 300);

            Await.until("as few descriptors as before", () -> echo.descriptorCount() <= before);
        }
    }

    /** Connections that end in every way that a peer can choose. */
    private static void exchange(EchoProcess echo, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            try (TestClient client = echo.connect()) {
                if (i % 5 == 4) {
                    continue; // silent
                }
                client.send("hello");
                if (i % 5 == 3) {
                    client.reset();
                    continue;
                }
                assertThat(client.receive(5)).isEqualTo("hello");
                if (i % 5 == 2) {
                    client.endSending();
                    assertThat(client.atEnd()).isTrue();
                }
            }
        }
    }

    /** The command line on the class path with no JVM option at all. */
    private static Process startPlain(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.of(List.of(arguments)));
        command.removeIf(word -> word.startsWith("--add-opens") || word.startsWith("--enable-native-access"));
        return new ProcessBuilder(command).start();
    }

    @Test
    void withoutJvmOptionsProtocolsAreServedAllTheSame() throws Exception {
        Process process = startPlain("echo", "--api", "protocol", "--until-eof", "--kernel", "nio");
        try {
            assertThat(process.inputReader().readLine()).startsWith("listening on ");
            process.outputWriter().close();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Doll.class,
            names = {"SOCKET", "STREAM"})
    void withoutJvmOptionsTasksFailInOneLineThatNamesTheOption(Doll doll) throws Exception {
        Process process = startPlain("echo", "--api", doll.toString(), "--kernel", "nio");
        try {
            List<String> errors = process.errorReader().lines().toList();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
            assertThat(errors).singleElement().asString().contains("--add-opens java.base/java.lang=ALL-UNNAMED");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void explainTellsWhichOptionsAreMissing() throws Exception {
        Process process = startPlain("explain");
        try {
            String output = String.join("\n", process.inputReader().lines().toList());
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(output)
                    .containsPattern("kernel: +nio: epoll cannot be had here")
                    .contains("--enable-native-access=ALL-UNNAMED")
                    .containsPattern("tasks: +not available: .*--add-opens java.base/java.lang=ALL-UNNAMED");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theJavaOfChildrenIsOurs() {
        assertThat(JavaCommand.of(List.of("explain")))
                .startsWith(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString())
                .endsWith("dev.matryoshka.cli.Main", "explain");
    }
}
