package dev.matryoshka.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every command promises: exit codes, one line for an error, help. */
class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String commandLine) {
        String[] words = commandLine.isEmpty() ? new String[0] : commandLine.split(" ");
        return Main.run(new PrintWriter(out), new PrintWriter(err), words);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "--nonsense",
                "echo",
                "echo --api",
                "echo --api nonsense",
                "echo --api stream --port many",
                "echo --api stream --port -1",
                "echo --api stream --port 65536",
                "echo --api stream --kernel memory",
                "echo --api stream unexpected",
                "echo --api stream --unix /x --port 1",
                "echo --api stream --unix @",
                "echo --api socket --tls-cert c --tls-key k",
                "echo --api stream --tls-cert c",
                "cat",
                "cat localhost",
                "cat localhost 0",
                "cat localhost many",
                "cat a b c",
                "cat -l",
                "cat -k localhost 1",
                "cat -U /x localhost 1",
                "cat -U @",
                "cat -w -1 localhost 1",
                "cat -l --tls 0",
                "cat --udp --tls localhost 1",
                "cat -u -U /x",
                "cat -u -l -k 0",
                "cat --tls --tls-cert c --tls-key k localhost 1",
                "cat --tls -U /x",
                "cat --tls --insecure --tls-ca c localhost 1",
                "proxy",
                "proxy 127.0.0.1:0",
                "proxy 127.0.0.1:0 nonsense",
                "proxy 127.0.0.1:0 127.0.0.1:0",
                "proxy 127.0.0.1:0 ::1:80",
                "proxy tls:127.0.0.1:0 127.0.0.1:1",
                "proxy 127.0.0.1:0 127.0.0.1:1 --tls-cert c --tls-key k",
                "proxy 127.0.0.1:0 tls:unix:/x",
                "proxy 127.0.0.1:0 tls:localhost:1 --insecure --tls-ca c",
                "proxy 127.0.0.1:0 127.0.0.1:1 --send-proxy v3",
                "proxy 127.0.0.1:0 127.0.0.1:1 --accept-proxy localhost",
                "proxy 127.0.0.1:0 127.0.0.1:1 --max-connections 0",
                "proxy 127.0.0.1:0 127.0.0.1:1 --connect-timeout 0",
                "explain --kernel nonsense",
            })
    void whatIsNotUnderstoodExitsWithTwoAndOneLine(String commandLine) {
        assertThat(run(commandLine)).isEqualTo(2);

        assertThat(err.toString()).startsWith("matryoshka").endsWith("--help)" + System.lineSeparator());
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aFailureExitsWithOneAndOneLineThatNamesTheAddress() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run("echo --api protocol --port " + taken.getLocalPort()))
                    .isEqualTo(1);

            assertThat(err.toString())
                    .startsWith("matryoshka echo: cannot listen on 127.0.0.1:" + taken.getLocalPort());
            assertThat(err.toString().lines()).hasSize(1);
        }
    }

    @Test
    void debugShowsTheStackTraceToo() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run("echo --debug --api protocol --port " + taken.getLocalPort()))
                    .isEqualTo(1);

            assertThat(err.toString())
                    .contains("CommandFailure")
                    .contains("BindException")
                    .contains("\tat ");
        }
    }

    @Test
    void whereTheBenchIsIsTold() {
        assertThat(run("bench --rounds 3")).isEqualTo(1);

        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("matryoshka bench: ")
                .contains("./matryoshka bench", "matryoshka-benchmarks.jar");
    }

    @Test
    void aCertificateThatCannotBeReadIsTold() {
        assertThat(run("echo --api stream --tls-cert /nonexistent/c --tls-key /nonexistent/k"))
                .isEqualTo(1);

        assertThat(err.toString())
                .startsWith("matryoshka echo: cannot use the certificate: ")
                .contains("/nonexistent/");
        assertThat(err.toString().lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "echo --help", "cat --help", "proxy --help", "bench --help", "explain --help"})
    void helpIsEverywhere(String commandLine) {
        assertThat(run(commandLine)).isZero();

        assertThat(out.toString()).startsWith("Usage: matryoshka").contains("Exit codes:");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void everyCommandIsInTheHelp() {
        run("--help");

        assertThat(out.toString()).contains("echo", "cat", "proxy", "bench", "explain", "ps", "pstree");
    }

    @Test
    void versionIsOneLine() {
        assertThat(run("--version")).isZero();

        assertThat(out.toString().lines()).singleElement().asString().startsWith("matryoshka ");
    }

    @Test
    void explainNamesJdkKernelAndTasks() {
        assertThat(run("explain")).isZero();

        assertThat(out.toString())
                .contains("JDK:", Runtime.version().toString(), "kernel:", "native access:", "tasks:");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void explainTellsWhyAKernelWasTaken() {
        assertThat(run("explain --kernel nio")).isZero();

        assertThat(out.toString()).containsPattern("kernel: +nio: asked for");
    }
}
