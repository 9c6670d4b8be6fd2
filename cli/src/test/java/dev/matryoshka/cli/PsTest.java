package dev.matryoshka.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.cli.echo.TestClient;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Goal: {@code ps} and {@code pstree} show what a JVM that was not prepared for it is doing, or say in one line why not.
 *
 * <p>Method: an echo server in a process of its own; and processes that are none of ours.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aRunningServerShowsItsTasksServersAndConnections() throws Exception {
        try (EchoProcess server = EchoProcess.start("--api", "stream");
                TestClient client = server.connect()) {
            client.send("x");
            assertThat(client.receive(1)).isEqualTo("x");
            assertThat(run("ps", String.valueOf(server.pid())))
                    .as(err.toString())
                    .isZero();
            String port = server.firstLine().substring(server.firstLine().lastIndexOf(':') + 1);
            assertThat(out.toString())
                    .contains("event loop '")
                    .contains(": running on ")
                    .containsPattern("serving +1 +127\\.0\\.0\\.1:" + port)
                    .containsPattern("transport +OPEN +127\\.0\\.0\\.1:" + port)
                    .containsPattern(
                            "task-\\d+ +WAITING +bytes of a stream +dev\\.matryoshka\\.cli\\.echo\\.StreamEcho");
            out.getBuffer().setLength(0);
            assertThat(run("pstree", String.valueOf(server.pid()))).isZero();
            assertThat(out.toString()).containsPattern("└── task-\\d+: waits for bytes of a stream, at ");
            client.send("y");
            assertThat(client.receive(1)).isEqualTo("y");
        }
    }

    @Test
    void aJvmWithoutALoopSaysSoAndOneThatForbidsAgentsToo() throws Exception {
        for (boolean allowed : new boolean[] {true, false}) {
            Process other = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            allowed ? "-XX:+EnableDynamicAgentLoading" : "-XX:-EnableDynamicAgentLoading",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Waiting.class.getName())
                    .start();
            try {
                assertThat(other.inputReader().readLine()).isEqualTo("ready");
                err.getBuffer().setLength(0);
                assertThat(run("ps", String.valueOf(other.pid()))).isEqualTo(1);
                assertThat(err.toString().lines())
                        .singleElement()
                        .asString()
                        .contains(
                                allowed
                                        ? "has no open event loop of this library"
                                        : "loads no agents (-XX:+EnableDynamicAgentLoading permits it)");
                assertThat(other.isAlive()).isTrue();
            } finally {
                other.outputWriter().close();
                assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void aProcessThatHasEndedIsNone() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        assertThat(ended.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(run("ps", String.valueOf(ended.pid()))).isEqualTo(1);
        assertThat(err.toString().lines()).containsExactly("matryoshka ps: there is no process " + ended.pid());
    }

    @Test
    void whatIsNoJvmIsLeftAloneAndNamed() throws Exception {
        Process cat = new ProcessBuilder("cat").start();
        try {
            assertThat(run("pstree", String.valueOf(cat.pid()))).isEqualTo(1);
            assertThat(err.toString().lines())
                    .singleElement()
                    .asString()
                    .startsWith("matryoshka pstree: process " + cat.pid() + " is no JVM that can be attached to: ");
            assertThat(cat.isAlive()).isTrue();
        } finally {
            cat.destroy();
        }
    }

    @Test
    void itselfAndNonsenseAreRefused() {
        assertThat(run("ps", String.valueOf(ProcessHandle.current().pid()))).isEqualTo(1);
        assertThat(err.toString()).contains("is this command itself");
        assertThat(run("ps", "twelve")).isEqualTo(2);
        assertThat(run("ps")).isEqualTo(2);
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    }

    /** A JVM without a loop, until its input ends. */
    static final class Waiting {
        public static void main(String... arguments) throws Exception {
            System.out.println("ready");
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }
}
