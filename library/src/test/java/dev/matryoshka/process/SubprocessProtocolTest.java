package dev.matryoshka.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a protocol hears everything of its child, in an order that it can count on, and can command it. Method: small programs of the
 * shell, on both kernels that have processes; a recorder that knows the grammar.
 */
@Proves({"subprocess_exec", "subprocess_shell"})
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith({LeakCheck.class, NoChildLeft.class})
class SubprocessProtocolTest {
    private static final SubprocessOptions PIPED = SubprocessOptions.piped();
    private static final SubprocessOptions QUIET = SubprocessOptions.inherited()
            .withStdin(Stdio.DEVNULL)
            .withStdout(Stdio.DEVNULL)
            .withStderr(Stdio.DEVNULL);

    @TempDir
    Path directory;

    private final ChildRecorder heard = new ChildRecorder();

    static Stream<Net> hostile() {
        return Stream.of(Net.EPOLL, Net.NIO, Net.EPOLL_ONE_BYTE, Net.NIO_ONE_BYTE, Net.EPOLL_CLOGGED, Net.NIO_CLOGGED);
    }

    private SubprocessTransport shell(TestLoop on, SubprocessOptions options, String script) throws Exception {
        return on.loop.subprocessShell(() -> heard, options, script).transport();
    }

    private void awaitOver(TestLoop on) throws InterruptedException {
        on.until("it is over", heard::isOver);
    }

    private static void write(SubprocessTransport child, String text) {
        child.pipeTransport(0).write(text.getBytes(ISO_8859_1));
    }

    // ---- a life ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("hostile")
    @Proves(
            value = {
                "SubprocessTransport.get_pid",
                "SubprocessTransport.get_returncode",
                "SubprocessTransport.get_pipe_transport",
                "SubprocessProtocol.pipe_data_received",
                "SubprocessProtocol.pipe_connection_lost",
                "SubprocessProtocol.process_exited",
                "child_watcher"
            },
            ports = {
                "test_events.test_subprocess_exec",
                "test_events.test_subprocess_interactive",
                "test_events.test_subprocess_shell",
                "test_subprocess.test_proc_exited"
            })
    void aLifeFromMadeToOver(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, PIPED, "cat; echo errors >&2; exit 7");
                assertThat(heard.events).as("when the call returns").containsExactly("made");
                assertThat(child.returnCode()).isNull();
                write(child, "first");
                on.until("the echo is there", () -> heard.text(1).equals("first"));
                write(child, " second");
                child.pipeTransport(0).close();
                awaitOver(on);
                assertThat(heard.text(1)).isEqualTo("first second");
                assertThat(heard.text(2)).isEqualTo("errors\n");
                assertThat(child.returnCode()).isEqualTo(7);
                assertThat(heard.events.getLast()).isEqualTo("over");
                assertThat(heard.events).containsOnlyOnce("lost 0", "lost 1", "lost 2", "exited");
                assertThat(child.isClosing()).isTrue();
                child.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(
            ports = {
                "test_events.test_subprocess_exitcode",
                "test_events.test_subprocess_close_after_finish",
                "test_subprocess.test_shell"
            })
    void aChildWithoutPipesExitsAndIsOver(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, QUIET, "exit 7");
                for (int stream = 0; stream < 3; stream++) {
                    assertThat(child.pipeTransport(stream)).isNull();
                }
                assertThatThrownBy(() -> child.pipeTransport(3)).isInstanceOf(IndexOutOfBoundsException.class);
                awaitOver(on);
                assertThat(heard.events).containsExactly("made", "exited", "over");
                assertThat(child.returnCode()).isEqualTo(7);
                assertThat(child).hasToString("SubprocessTransport[pid=" + child.pid() + ", OVER, returnCode=7]");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = {"test_events.test_subprocess_stderr_redirect_to_stdout", "test_events.test_subprocess_stderr"})
    void errorsMayGoWhereTheOutputGoes(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SubprocessTransport child =
                        shell(on, PIPED.withStderr(Stdio.STDOUT), "echo out; echo err >&2; echo out; exec cat");
                assertThat(child.pipeTransport(2)).isNull();
                child.pipeTransport(0).close();
                awaitOver(on);
                assertThat(heard.text(1)).isEqualTo("out\nerr\nout\n");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void theExitIsToldEvenWhileSomebodyElseKeepsThePipes(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                // the sleeping grandchild holds the output open, and says its number first
                SubprocessTransport child = shell(on, PIPED, "sleep 100 & echo $!");
                on.until("it has exited", heard::isExited);
                on.until("the number is there", () -> heard.text(1).endsWith("\n"));
                if (net == Net.EPOLL) { // the JDK ends its own end of the pipe then
                    assertThat(heard.isLost(1)).isFalse();
                    assertThat(heard.isOver()).isFalse();
                }
                ProcessHandle.of(Long.parseLong(heard.text(1).strip())).ifPresent(ProcessHandle::destroyForcibly);
                awaitOver(on);
                assertThat(child.returnCode()).isZero();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("hostile")
    @Proves(
            value = "I-32",
            ports = {
                "test_subprocess.test_read_stdout_after_process_exit",
                "test_subprocess.test_subprocess_communicate_stdout"
            })
    void whatIsInThePipeWhenItExitsIsDelivered(Net net) throws Exception {
        int amount = Math.min(net.amount(), 60_000);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, PIPED, "head -c " + amount + " /dev/zero; exit 1");
                child.pipeTransport(1).pauseReading();
                on.until("it has exited", heard::isExited);
                on.passes(3);
                assertThat(heard.text(1)).as("while paused").isEmpty();
                assertThat(heard.isOver()).isFalse();
                child.pipeTransport(1).resumeReading();
                awaitOver(on);
                assertThat(heard.text(1)).hasSize(amount);
                assertThat(child.returnCode()).isEqualTo(1);
            });
        }
    }

    // ---- ending it ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(
            value = {"SubprocessTransport.send_signal", "SubprocessTransport.terminate", "SubprocessTransport.kill"},
            ports = {
                "test_events.test_subprocess_kill",
                "test_events.test_subprocess_terminate",
                "test_subprocess.test_kill",
                "test_subprocess.test_terminate"
            })
    void signalsEndIt(Net net) throws Exception {
        for (Signal signal : List.of(Signal.SIGKILL, Signal.SIGTERM)) {
            ChildRecorder recorder = new ChildRecorder();
            try (TestLoop on = TestLoop.over(net)) {
                on.run(() -> {
                    SubprocessTransport child = on.loop
                            .subprocessExec(() -> recorder, PIPED, "sleep", "100")
                            .transport();
                    boolean sent = signal == Signal.SIGKILL ? child.kill() : child.terminate();
                    assertThat(sent).isTrue();
                    on.until("it is over", recorder::isOver);
                    assertThat(child.returnCode()).isEqualTo(-signal.number());
                    assertThat(child.kill()).as("after its end").isFalse();
                    assertThat(child.terminate()).isFalse();
                });
            }
        }
    }

    @Test
    @Proves(ports = {"test_events.test_subprocess_send_signal", "test_subprocess.test_send_signal"})
    void everySignalOnEpollAndTwoOnNio() throws Exception {
        // Not SIGHUP: under nohup a child inherits that it is ignored.
        for (Signal signal : List.of(Signal.SIGALRM, Signal.SIGINT, Signal.SIGUSR1, Signal.SIGQUIT)) {
            ChildRecorder recorder = new ChildRecorder();
            try (TestLoop on = TestLoop.over(Net.EPOLL)) {
                on.run(() -> {
                    SubprocessTransport child = on.loop
                            .subprocessShell(() -> recorder, QUIET, "ulimit -c 0; exec sleep 100")
                            .transport();
                    assertThat(child.sendSignal(signal)).isTrue();
                    on.until("it is over", recorder::isOver);
                    assertThat(child.returnCode()).isEqualTo(-signal.number());
                });
            }
        }
        try (TestLoop on = TestLoop.over(Net.NIO)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, QUIET, "exec sleep 100");
                assertThatThrownBy(() -> child.sendSignal(Signal.SIGHUP))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("only send SIGTERM and SIGKILL");
                child.close();
                awaitOver(on);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(
            value = "SubprocessTransport.close",
            ports = {"test_subprocess.test_close_kill_running", "test_subprocess.test_cancel_post_init"})
    void closingKillsAChildThatRuns(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, PIPED, "exec sleep 100");
                write(child, "never read");
                child.close();
                child.close();
                assertThat(child.isClosing()).isTrue();
                assertThat(heard.events).as("not from inside").containsExactly("made");
                awaitOver(on);
                assertThat(child.returnCode()).isEqualTo(-9);
                assertThat(heard.reason(0)).isNull();
            });
        }
    }

    @Test
    @Proves(value = "B19", ports = "test_subprocess.test_close_dont_kill_finished")
    void closingDoesNotKillAChildThatHasEndedWhateverTheLoopKnows() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, QUIET, "exit 3");
                Path entry = Path.of("/proc/" + child.pid() + "/stat");
                while (!Files.readString(entry).contains(") Z ")) {
                    Thread.onSpinWait(); // a zombie, and the loop is held: it cannot know
                }
                assertThat(child.returnCode()).isNull();
                child.close();
                awaitOver(on);
                assertThat(child.returnCode()).as("what it said itself").isEqualTo(3);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void closingTheLoopKillsItsChildrenAndTellsTheirProtocols(Net net) throws Exception {
        ChildRecorder other = new ChildRecorder();
        try (TestLoop on = TestLoop.leaving(net.provider())) {
            on.run(() -> {
                shell(on, PIPED, "exec sleep 100");
                on.loop.subprocessExec(() -> other, QUIET, "sleep", "100");
            });
        }
        for (ChildRecorder each : List.of(heard, other)) {
            assertThat(each.isOver()).isTrue();
            assertThat(each.events).contains("exited");
        }
    }

    // ---- its pipes ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_events.test_subprocess_close_client_stream")
    void closingItsOutputBreaksAChildThatWrites(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                String script =
                        "trap '' PIPE; echo ready; while echo more 2>/dev/null; do :; done; echo broken >&2; exec cat";
                SubprocessTransport child = shell(on, PIPED, script);
                on.until("it is ready", () -> heard.text(1).startsWith("ready"));
                child.pipeTransport(1).close();
                on.until("its write has failed", () -> heard.text(2).equals("broken\n"));
                assertThat(heard.isLost(1)).isTrue();
                assertThat(heard.isExited()).isFalse();
                child.close();
                awaitOver(on);
                assertThat(child.returnCode()).isEqualTo(-9);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_subprocess.test_stdin_broken_pipe")
    void aChildThatDoesNotReadBreaksItsInput(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Path go = directory.resolve("go");
                SubprocessTransport child =
                        shell(on, PIPED, "until [ -e " + go + " ]; do sleep 0.01; done; exec 0<&-; exec sleep 100");
                child.pipeTransport(0).write(ByteBuffer.allocate(1_000_000));
                Files.createFile(go);
                on.until("the pipe is lost", () -> heard.isLost(0));
                assertThat(heard.reason(0)).hasMessageContaining("EPIPE");
                assertThat(heard.isExited()).isFalse();
                child.close();
                awaitOver(on);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void whoWritesMoreThanTheChildReadsIsPaused(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, PIPED, "read line; exec cat");
                child.pipeTransport(0).write(ByteBuffer.allocate(500_000));
                assertThat(heard.events).contains("pause");
                write(child, "\n");
                on.until("it goes on", () -> heard.events.contains("resume"));
                child.pipeTransport(0).close();
                awaitOver(on);
            });
        }
    }

    // ---- what protocols do ----------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void itMayBeCommandedFromItsOwnCallbacks(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                heard.atMade = () -> write(heardTransport(), "hello");
                heard.atData = () -> heardTransport().close();
                shell(on, PIPED, "exec cat");
                awaitOver(on);
                assertThat(heard.text(1)).isEqualTo("hello");
            });
        }
    }

    private SubprocessTransport heardTransport() {
        return heard.transport();
    }

    @Test
    void whatACallbackThrowsIsReportedAndTheRestIsStillTold() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                heard.atMade = () -> {
                    throw new IllegalStateException("in made");
                };
                heard.atExited = () -> {
                    throw new IllegalStateException("in exited");
                };
                shell(on, QUIET, "exit 0");
                awaitOver(on);
                on.passes(2);
                assertThat(on.reported())
                        .extracting(context ->
                                context.message() + ": " + context.exception().getMessage())
                        .containsExactly(
                                "Exception in callback connectionMade(): in made",
                                "Exception in callback processExited(): in exited");
            });
        }
    }

    @Test
    void whoLooksIntoTheLoopSeesItsChildren() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, QUIET, "exec sleep 100");
                assertThat(on.loop.snapshot().connections()).singleElement().satisfies(seen -> {
                    assertThat(seen.kind()).isEqualTo("child");
                    assertThat(seen.state()).isEqualTo("pid=" + child.pid() + ", RUNNING");
                    assertThat(seen.user()).isEqualTo(ChildRecorder.class.getName());
                });
                child.close();
                awaitOver(on);
            });
        }
    }

    @Test
    void anotherProtocolHearsTheRest() throws Exception {
        ChildRecorder second = new ChildRecorder();
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                SubprocessTransport child = shell(on, PIPED, "exec cat");
                second.connectionMade(child);
                child.setProtocol(second);
                assertThat(child.protocol()).isSameAs(second);
                write(child, "for the second");
                child.pipeTransport(0).close();
                on.until("it is over", second::isOver);
                assertThat(second.text(1)).isEqualTo("for the second");
                assertThat(heard.events).containsExactly("made");
            });
        }
    }
}
