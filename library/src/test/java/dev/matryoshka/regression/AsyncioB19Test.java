package dev.matryoshka.regression;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.process.Subprocess;
import dev.matryoshka.process.SubprocessOptions;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B19, gh-127049 and gh-139373: asyncio could kill whoever had got the number of a child that had ended, and lost the output that a
 * cancelled {@code communicate} had read. Goal: a signal reaches the child or nobody; nothing is lost. Method: a child that was waited
 * for while the loop does not know; a cancel in the middle.
 */
@Proves({"B19", "I-32"})
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(LeakCheck.class)
class AsyncioB19Test {
    @Test
    void aKillNeverReachesTheNextOwnerOfTheNumber() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Subprocess child = on.loop.createSubprocessShell(SubprocessOptions.inherited(), "exit 3");
                Path entry = Path.of("/proc/" + child.pid() + "/stat");
                while (!Files.readString(entry).contains(") Z ")) {
                    Thread.onSpinWait(); // it has ended, and the loop is held: it cannot know
                }
                assertThat(child.returnCode()).isNull();
                assertThat(child.kill()).as("somebody got the signal").isFalse();
                assertThat(Files.exists(entry))
                        .as("the number is free from now on")
                        .isFalse();
                assertThat(child.kill()).isFalse();
                assertThat(child.waitFor()).isEqualTo(3);
                child.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aCancelledCommunicateLosesNoOutput(Net net, @TempDir Path folder) throws Exception {
        Path mayEnd = folder.resolve("may-end"); // or it could be over before it is cancelled
        String script = "echo early; read line; echo late; until [ -e '" + mayEnd + "' ]; do sleep 0.01; done";
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Subprocess child = on.loop.createSubprocessShell(SubprocessOptions.piped(), script);
                Task<Subprocess.Output> attempt = on.loop.createTask("attempt", () -> {
                    assertThat(child.stdout().readLine(US_ASCII)).isEqualTo("early");
                    child.stdin().write("again\n".getBytes(US_ASCII));
                    return child.communicate();
                });
                on.until("it is gathering", () -> child.stdin().isClosing());
                attempt.cancel();
                assertThatThrownBy(attempt::await).isInstanceOf(CancellationException.class);
                Files.createFile(mayEnd);
                assertThat(child.communicate().text(US_ASCII)).isEqualTo("late\n");
            });
        }
    }
}
