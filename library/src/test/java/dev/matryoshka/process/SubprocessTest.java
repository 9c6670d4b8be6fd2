package dev.matryoshka.process;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.matryoshka.loop.BusyException;
import dev.matryoshka.process.Subprocess.Output;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a child in straight-line code: talk to it, gather what it says, wait for it, end it; and nothing is lost when one of these is
 * cancelled. Method: small programs of the shell, on both kernels that have processes, also one byte at a time.
 */
@Proves({"create_subprocess_exec", "create_subprocess_shell", "Process.communicate"})
@Timeout(120)
@ExtendWith({LeakCheck.class, NoChildLeft.class})
class SubprocessTest {
    private static final SubprocessOptions PIPED = SubprocessOptions.piped();
    private static final SubprocessOptions QUIET = SubprocessOptions.inherited()
            .withStdin(Stdio.DEVNULL)
            .withStdout(Stdio.DEVNULL)
            .withStderr(Stdio.DEVNULL);

    @TempDir
    Path directory;

    static Stream<Net> hostile() {
        return SubprocessProtocolTest.hostile();
    }

    private static Subprocess shell(TestLoop on, SubprocessOptions options, String script) throws IOException {
        return on.loop.createSubprocessShell(options, script);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    // ---- talking --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("hostile")
    @Proves(
            value = {"Process.stdin", "Process.stdout"},
            ports = "test_subprocess.test_stdin_stdout")
    void whatIsWrittenComesBack(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Subprocess cat = on.loop.createSubprocessExec(PIPED, "cat");
                cat.stdin().write(bytes("some data"));
                cat.stdin().drain();
                cat.stdin().close();
                assertThat(cat.stdout().read(-1)).asString().isEqualTo("some data");
                assertThat(cat.waitFor()).isZero();
                cat.waitClosed();
                assertThat(cat.returnCode()).isZero();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aConversationLineByLine(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (Subprocess child = shell(on, PIPED, "while read line; do echo \"heard $line\"; done")) {
                    for (int i = 0; i < 20; i++) {
                        child.stdin().write(bytes(i + "\n"));
                        assertThat(child.stdout().readLine(US_ASCII)).isEqualTo("heard " + i);
                    }
                    child.stdin().close();
                    assertThat(child.stdout().readLine(US_ASCII)).isNull();
                    assertThat(child.waitFor()).isZero();
                }
            });
        }
    }

    @Test
    @Proves(ports = "test_subprocess.test_pause_reading")
    void aReaderThatIsFullPausesThePipeAndGoesOn() throws Exception {
        int limit = 10;
        int size = limit * 2 + 1;
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                StreamOptions small = StreamOptions.defaults().withLimit(limit);
                Subprocess child =
                        on.loop.createSubprocessExec(PIPED, small, "head", "-c", String.valueOf(size), "/dev/zero");
                on.until("it has read ahead", () -> child.stdout().bufferedBytes() == size);
                assertThat(child.transport().pipeTransport(1).isReading()).isFalse();
                assertThat(child.communicate().stdout()).hasSize(size);
            });
        }
    }

    @Test
    void aStreamThatIsNoPipeSaysSo() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Subprocess child = shell(on, QUIET, "exit 0");
                assertThatThrownBy(child::stdin)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("stdin");
                assertThatThrownBy(child::stdout).hasMessageContaining("Stdio.PIPE");
                assertThatThrownBy(child::stderr).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> child.communicate(bytes("input"))).isInstanceOf(IllegalStateException.class);
                child.waitClosed();
            });
        }
    }

    // ---- communicate ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("hostile")
    @Proves(
            value = "Process.communicate",
            ports = {
                "test_subprocess.test_communicate",
                "test_subprocess.test_empty_input",
                "test_subprocess.test_stdin_not_inheritable",
                "test_subprocess.test_devstdin_input"
            })
    void communicateSendsAndGathersEverything(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Output output = shell(on, PIPED, "cat; echo errors >&2; exit 3").communicate(bytes("some data"));
                assertThat(output.text(US_ASCII)).isEqualTo("some data");
                assertThat(output.errorText(US_ASCII)).isEqualTo("errors\n");
                assertThat(output.returnCode()).isEqualTo(3);
                assertThat(output).hasToString("Output[returnCode=3, 9 bytes, 7 bytes of errors]");

                assertThat(shell(on, PIPED, "wc -c")
                                .communicate(new byte[0])
                                .text(US_ASCII)
                                .strip())
                        .isEqualTo("0");
                assertThat(shell(on, PIPED, "wc -c < /dev/stdin")
                                .communicate(bytes("abc"))
                                .text(US_ASCII)
                                .strip())
                        .isEqualTo("3");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void muchGoesThroughBothPipesAtOnce(Net net) throws Exception {
        byte[] content = Bytes.numbered(2_000_000);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Output output = shell(on, PIPED, "tee /dev/stderr").communicate(content);
                assertThat(output.stdout()).isEqualTo(content);
                assertThat(output.stderr()).isEqualTo(content);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_subprocess.test_communicate_ignore_broken_pipe")
    void aChildThatDoesNotReadItsInputIsNoError(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Output output = shell(on, PIPED, "exec 0<&-; echo done").communicate(Bytes.numbered(2_000_000));
                assertThat(output.text(US_ASCII)).isEqualTo("done\n");
                assertThat(output.returnCode()).isZero();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(
            ports = {
                "test_subprocess.test_devnull_input",
                "test_subprocess.test_devnull_output",
                "test_subprocess.test_devnull_error"
            })
    void aStreamThatLeadsElsewhereIsEmptyInTheOutput(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                String script = "wc -c; echo errors >&2";
                Output noInput =
                        shell(on, PIPED.withStdin(Stdio.DEVNULL), script).communicate();
                assertThat(noInput.text(US_ASCII).strip()).isEqualTo("0");
                Output noOutput =
                        shell(on, PIPED.withStdout(Stdio.DEVNULL), script).communicate(bytes("abc"));
                assertThat(noOutput.stdout()).isEmpty();
                assertThat(noOutput.errorText(US_ASCII)).isEqualTo("errors\n");
                Output noErrors =
                        shell(on, PIPED.withStderr(Stdio.DEVNULL), script).communicate(bytes("abc"));
                assertThat(noErrors.text(US_ASCII).strip()).isEqualTo("3");
                assertThat(noErrors.stderr()).isEmpty();
            });
        }
    }

    @Test
    void filesAreReadWrittenAndAppendedTo() throws Exception {
        Path in = Files.writeString(directory.resolve("in"), "content\n");
        Path out = directory.resolve("out");
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                SubprocessOptions options = QUIET.withStdin(Stdio.file(in));
                assertThat(on.loop
                                .createSubprocessExec(options.withStdout(Stdio.file(out)), "cat")
                                .waitFor())
                        .isZero();
                assertThat(on.loop
                                .createSubprocessExec(options.withStdout(Stdio.append(out)), "cat")
                                .waitFor())
                        .isZero();
                on.passes(3);
            });
        }
        assertThat(out).hasContent("content\ncontent\n");
    }

    @Test
    @Proves(ports = "test_subprocess.test_subprocess_communicate_stdout")
    void tenAtOnceEachHaveTheirOwnOutput() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                List<Task<String>> outputs = new ArrayList<>();
                TaskGroup.run(group -> {
                    for (int i = 0; i < 10; i++) {
                        int number = i;
                        outputs.add(group.createTask(() -> on.loop
                                .createSubprocessExec(PIPED, "echo", "foo" + number)
                                .communicate()
                                .text(US_ASCII)
                                .strip()));
                    }
                });
                for (int i = 0; i < 10; i++) {
                    assertThat(outputs.get(i).await()).isEqualTo("foo" + i);
                }
            });
        }
    }

    @Test
    void onlyOneTaskCommunicates() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Subprocess child = on.loop.createSubprocessExec(PIPED, "sleep", "100");
                Task<Output> first = on.loop.createTask("first", () -> child.communicate());
                on.passes(3);
                assertThatThrownBy(child::communicate).isInstanceOf(BusyException.class);
                child.kill();
                assertThat(first.await().returnCode()).isEqualTo(-9);
            });
        }
    }

    // ---- cancelling -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("hostile")
    @Proves({"I-32", "B19"})
    void communicateThatWasCancelledIsGoneOnWithAndHasLostNothing(Net net) throws Exception {
        byte[] content = Bytes.numbered(Math.min(net.amount(), 400_000));
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Path go = directory.resolve("go");
                Path ready = directory.resolve("ready");
                // says a part, waits, says the rest, and how much it was told
                Subprocess child = shell(
                        on,
                        PIPED,
                        "echo first; echo problem >&2; : > " + ready + "; until [ -e " + go
                                + " ]; do sleep 0.01; done; echo second; wc -c");
                for (int i = 0; i < 3; i++) {
                    boolean again = i > 0;
                    Task<Output> attempt = on.loop.createTask(
                            "attempt " + i, () -> again ? child.communicate() : child.communicate(content));
                    on.until("the first part was written", () -> Files.exists(ready));
                    on.passes(20);
                    attempt.cancel();
                    assertThatThrownBy(attempt::await).isInstanceOf(CancellationException.class);
                }
                assertThatThrownBy(() -> child.communicate(bytes("more")))
                        .isInstanceOfAny(IllegalStateException.class)
                        .hasMessageContaining("go on with communicate()");
                Files.createFile(go);
                Output output = child.communicate();
                assertThat(output.text(US_ASCII).replaceAll(" +", ""))
                        .isEqualTo("first\nsecond\n" + content.length + "\n");
                assertThat(output.errorText(US_ASCII)).isEqualTo("problem\n");
                assertThat(output.returnCode()).isZero();
            });
        }
    }

    @Test
    void whatWasReadToItsEndBeforeTheCancelIsKeptToo() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Subprocess child = shell(on, PIPED, "echo all; exec 1>&- 2>&-; exec sleep 100");
                Task<Output> attempt = on.loop.createTask("attempt", () -> child.communicate());
                on.until(
                        "the output has ended",
                        () -> child.stdout().atEof() && child.stderr().atEof());
                on.passes(5);
                attempt.cancel();
                assertThatThrownBy(attempt::await).isInstanceOf(CancellationException.class);
                child.kill();
                Output output = child.communicate();
                assertThat(output.text(US_ASCII)).isEqualTo("all\n");
                assertThat(output.returnCode()).isEqualTo(-9);
                assertThat(child.communicate().stdout()).as("once more").isEmpty();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(value = "Process.wait", ports = "test_subprocess.test_cancel_process_wait")
    void waitingMayBeCancelledAndDoneAgainByMany(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Subprocess child = on.loop.createSubprocessExec(QUIET, "sleep", "100");
                Task<Integer> given = on.loop.createTask("given up", () -> child.waitFor());
                Task<Integer> one = on.loop.createTask("one", () -> child.waitFor());
                Task<Integer> two = on.loop.createTask("two", () -> child.waitFor());
                on.passes(2);
                given.cancel();
                assertThatThrownBy(given::await).isInstanceOf(CancellationException.class);
                assertThat(child.returnCode()).isNull();
                child.kill();
                assertThat(one.await()).isEqualTo(-9);
                assertThat(two.await()).isEqualTo(-9);
                assertThat(child.waitFor()).as("afterwards").isEqualTo(-9);
                child.waitClosed();
                child.waitClosed();
            });
        }
    }

    @Test
    @Proves(
            ports = {
                "test_subprocess.test_cancel_make_subprocess_transport_exec",
                "test_subprocess.test_cancel_post_init"
            })
    void aTaskThatIsCancelledWhileItStartsAChildLeavesNone() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Task<Void> task = on.loop.createTask("starts", () -> {
                    Thread.currentThread().interrupt(); // as by a cancel that it has not heard of yet
                    try (Subprocess child = on.loop.createSubprocessExec(QUIET, "sleep", "100")) {
                        child.waitFor();
                    }
                    return null;
                });
                task.cancel();
                assertThatThrownBy(task::await).isInstanceOf(CancellationException.class);
                on.until("its child is gone", () -> on.engine.load().channels() == 0);
            });
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void tryWithResourcesLeavesNoneBehind(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Subprocess kept;
                try (Subprocess child = on.loop.createSubprocessExec(PIPED, "sleep", "100")) {
                    kept = child;
                }
                kept.waitClosed();
                assertThat(kept.returnCode()).isEqualTo(-9);
                assertThat(kept.stdout().read(-1)).isEmpty();
            });
        }
    }

    @Test
    @Proves(ports = "test_subprocess.test_kill_issue43884")
    void killingAShellLeavesItsOwnChildrenToTheSystem() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Subprocess child = shell(on, PIPED, "sleep 100 & echo $!; wait");
                long grandchild = Long.parseLong(child.stdout().readLine(US_ASCII));
                child.kill();
                assertThat(child.waitFor())
                        .as("while the grandchild keeps the pipe")
                        .isEqualTo(-9);
                ProcessHandle.of(grandchild).ifPresent(ProcessHandle::destroyForcibly);
                child.waitClosed();
            });
        }
    }

    @Test
    void aGroupOfItsOwnCanBeEndedAsOne() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Subprocess child = shell(on, PIPED.withGroup(ProcessGroup.OWN), "sleep 100 & echo ready; wait");
                assertThat(child.stdout().readLine(US_ASCII)).isEqualTo("ready");
                Output killed = on.loop
                        .createSubprocessExec(PIPED, "sh", "-c", "kill -KILL -" + child.pid())
                        .communicate();
                assertThat(killed.returnCode()).isZero();
                assertThat(child.waitFor()).isEqualTo(-9);
                child.waitClosed(); // the grandchild is gone too, and its copy of the pipe
            });
        }
    }

    @Test
    void waitingIsForTasks() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Subprocess child = shell(on, QUIET, "exit 0");
                List<Throwable> thrown = new ArrayList<>();
                on.loop.callSoon(() -> {
                    thrown.add(catchThrowable(child::waitFor));
                    thrown.add(catchThrowable(child::communicate));
                });
                on.until("asked", () -> thrown.size() == 2);
                assertThat(thrown).allSatisfy(each -> assertThat(each).isInstanceOf(IllegalStateException.class));
                child.waitClosed();
            });
        }
    }
}
