package dev.matryoshka.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.ResourceExhaustedException;
import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a child that runs but cannot be looked after is not left behind, nor is anything of its. Method: a poller that refuses. */
@Proves("subprocess_exec")
@Timeout(120)
@ExtendWith({LeakCheck.class, NoChildLeft.class})
class StartFailureTest {
    private final ChildRecorder heard = new ChildRecorder();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void whatCannotBeWatchedIsKilledAndClosed(int allowed) throws Exception {
        int[] left = {allowed};
        IOException refused = new IOException("refused by the test");
        try (TestLoop on = TestLoop.over(Tampered.provider(
                Net.EPOLL.provider(),
                (method, arguments) -> method.equals("register") && left[0]-- <= 0 ? refused : null))) {
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, SubprocessOptions.piped(), "sleep", "100"))
                    .isSameAs(refused);
            left[0] = Integer.MAX_VALUE;
            on.run(() -> on.passes(3));
        }
        assertThat(heard.events).isEmpty();
    }

    @Test
    void withoutADescriptorNothingIsStarted() throws Exception {
        try (TestLoop on = TestLoop.over(
                FaultyKernel.provider(Net.EPOLL.provider(), Faults.seeded(1).percent(Fault.OPEN_EXHAUSTED, 100)))) {
            assertThatThrownBy(() -> on.loop.subprocessExec(() -> heard, SubprocessOptions.piped(), "sleep", "100"))
                    .isInstanceOf(ResourceExhaustedException.class)
                    .hasMessageContaining("sleep");
        }
        assertThat(heard.events).isEmpty();
    }
}
