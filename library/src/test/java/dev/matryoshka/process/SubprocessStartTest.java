package dev.matryoshka.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a child starts where and as it was told to, and what is wrong is told at once and by name. Method: small programs that say
 * what they see.
 */
@Proves({"subprocess_exec", "subprocess_shell"})
@Timeout(120)
@ExtendWith({LeakCheck.class, NoChildLeft.class})
class SubprocessStartTest {
    private static final SubprocessOptions PIPED = SubprocessOptions.piped();

    @TempDir
    Path directory;

    private final ChildRecorder heard = new ChildRecorder();

    private SubprocessTransport shell(TestLoop on, SubprocessOptions options, String script) throws Exception {
        return on.loop.subprocessShell(() -> heard, options, script).transport();
    }

    private void awaitOver(TestLoop on) throws InterruptedException {
        on.until("it is over", heard::isOver);
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void itHasTheDirectoryAndTheVariablesThatItWasGiven(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SubprocessOptions options = PIPED.withDirectory(directory)
                        .withEnvironment(Map.of("PATH", "/usr/bin:/bin"))
                        .withVariable("COLOUR", "grün");
                shell(on, options, "pwd; echo $COLOUR; exec env | wc -l")
                        .pipeTransport(0)
                        .close();
                awaitOver(on);
                List<String> lines = heard.text(1).lines().toList();
                assertThat(lines.getFirst()).isEqualTo(directory.toRealPath().toString());
                assertThat(new String(lines.get(1).getBytes(ISO_8859_1), UTF_8)).isEqualTo("grün");
                assertThat(Integer.parseInt(lines.get(2).strip()))
                        .as("COLOUR, PATH, PWD, at most _ and SHLVL")
                        .isBetween(2, 5);
            });
        }
    }

    @Test
    @Proves(ports = {"test_events.test_subprocess_wait_no_same_group", "test_subprocess.test_start_new_session"})
    void aGroupOrASessionOfItsOwn() throws Exception {
        for (ProcessGroup group : ProcessGroup.values()) {
            ChildRecorder recorder = new ChildRecorder();
            try (TestLoop on = TestLoop.over(Net.EPOLL)) {
                on.run(() -> {
                    SubprocessTransport child = on.loop
                            .subprocessExec(
                                    () -> recorder, PIPED.withGroup(group), "cut", "-d ", "-f5,6", "/proc/self/stat")
                            .transport();
                    on.until("it is over", recorder::isOver);
                    String pid = String.valueOf(child.pid());
                    assertThat(recorder.text(1).strip().split(" "))
                            .as("group and session of " + pid)
                            .satisfies(numbers -> {
                                assertThat(numbers[0].equals(pid)).isEqualTo(group != ProcessGroup.INHERITED);
                                assertThat(numbers[1].equals(pid)).isEqualTo(group == ProcessGroup.OWN_SESSION);
                            });
                });
            }
        }
        try (TestLoop on = TestLoop.over(Net.NIO)) {
            assertThatThrownBy(() -> shell(on, PIPED.withGroup(ProcessGroup.OWN), "exit 0"))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("nio kernel");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(
            ports = {
                "test_subprocess.test_popen_error",
                "test_subprocess.test_popen_error_with_stdin_pipe",
                "test_events.test_subprocess_exec_invalid_args"
            })
    void whatIsWrongIsThrownAtOnceByName(Net net) throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "no program");
        try (TestLoop on = TestLoop.over(net)) {
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, PIPED, "no-such-program"))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessageStartingWith("no-such-program: no such program on the path");
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, PIPED, "/no/such"))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessage("/no/such: no such program");
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, PIPED, text.toString()))
                    .isInstanceOf(AccessDeniedException.class)
                    .hasMessageContaining("may not be executed");
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, PIPED, "/tmp"))
                    .isInstanceOf(AccessDeniedException.class)
                    .hasMessageContaining("is a directory");
            assertThatThrownBy(() ->
                            on.loop.subprocessExec(() -> heard, PIPED.withDirectory(directory.resolve("no")), "ls"))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessageContaining("no such directory to start 'ls' in");
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, PIPED.withDirectory(text), "ls"))
                    .isInstanceOf(NotDirectoryException.class);
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, PIPED))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, PIPED, "ls", "a\0b"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(heard.events).isEmpty();
    }

    @Test
    void aProgramIsLookedForOnThePathOfTheChildAndInItsDirectory() throws Exception {
        Path script = Files.writeString(directory.resolve("mine"), "#!/bin/sh\necho found by $0\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.subprocessExec(
                        () -> heard, PIPED.withEnvironment(Map.of("PATH", "/nowhere:" + directory)), "mine");
                awaitOver(on);
                assertThat(heard.text(1)).isEqualTo("found by " + script + "\n");
            });
        }
        ChildRecorder relative = new ChildRecorder();
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.subprocessExec(() -> relative, PIPED.withDirectory(directory), "./mine");
                on.until("it is over", relative::isOver);
                assertThat(relative.text(1)).isEqualTo("found by ./mine\n");
            });
        }
    }

    @Test
    void inMemoryThereAreNoProcesses() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            assertThatThrownBy(() -> shell(on, PIPED, "exit 0"))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("no processes in the kernel memory");
        }
    }
}
