package dev.matryoshka.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.matryoshka.cli.Await;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a rehearsal is held on each doll and kernel, by bytes and by lines, no failure of the server's comes to light in it, and it leaves
 * no descriptor and no thread.
 */
class RehearsalTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    @ParameterizedTest
    @MethodSource("dev.matryoshka.cli.echo.EchoServerTest#dollsAndKernels")
    void leavesNothing(Doll doll, String kernel) throws Exception {
        Rehearsal.hold(doll, false, kernel, SHORT); // what is loaded once stays open
        long before = openDescriptors();
        Rehearsal.hold(doll, true, kernel, SHORT);
        Await.until("the audience has gone", () -> !isAttended());
        assertThat(openDescriptors()).isLessThanOrEqualTo(before);
    }

    /** The server fails at its close if its loop has heard of a failure. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.cli.echo.EchoServerTest#dollsAndKernels")
    void theServerFailsAtNothingThatItIsShown(Doll doll, String kernel) throws Exception {
        for (boolean lines : new boolean[] {false, true}) {
            try (RunningEcho server = RunningEcho.start(doll, kernel, lines)) {
                new Audience(server.address(), SHORT).attend();
            }
        }
    }

    /** As without descriptors for a loop of its own: a server that could be opened must not end for that. */
    @Test
    void oneThatCannotBeHeldIsLeftOut() {
        assertThatCode(() -> Rehearsal.hold(Doll.PROTOCOL, false, "a kernel that nobody has", SHORT))
                .doesNotThrowAnyException();
    }

    private static long openDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    private static boolean isAttended() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("audience"));
    }
}
