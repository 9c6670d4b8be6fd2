package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.kernel.faulty.Opened;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * B7, gh-151615: without descriptors asyncio's accept loop went on, and left up to {@code backlog} retries behind. Goal: accepting
 * pauses, is reported once and retried once a second, with one timer; connections that stand are served meanwhile. Method:
 * accept is made to fail with EMFILE, on virtual time.
 */
@Proves(value = "B7", ports = "test_base_events.test_accept_connection_retry")
@ExtendWith(LeakCheck.class)
class AsyncioB07Test {
    private final List<Recorder> served = new ArrayList<>();

    private static Opened<FaultyKernel> failing(Faults faults) {
        return FaultyKernel.provider(new MemoryNetwork(), faults);
    }

    private Server serve(TestLoop on) throws Exception {
        return on.loop.createServer(
                () -> {
                    Recorder recorder = new Recorder();
                    recorder.atData = data -> recorder.transport().write(data);
                    served.add(recorder);
                    return recorder;
                },
                "127.0.0.1",
                0);
    }

    @Test
    void acceptingPausesForOneSecondWithOneTimerAndOneReport() throws Exception {
        try (TestLoop on = TestLoop.over(failing(Faults.seeded(1).at(Fault.ACCEPT_EXHAUSTED, 1)))) {
            on.run(() -> {
                Server server = serve(on);
                long began = on.loop.time();
                List<Peer> peers = List.of(Peer.connect(on, server.port()), Peer.connect(on, server.port()));
                on.passes(5);
                assertThat(served).isEmpty();
                assertThat(on.engine.load().timers()).isEqualTo(1);
                List<ExceptionContext> reported = on.reported();
                assertThat(reported).hasSize(1);
                assertThat(reported.getFirst().message()).startsWith("Out of system resources");
                assertThat(reported.getFirst().exception()).hasMessageContaining("EMFILE");
                assertThat(reported.getFirst().details()).containsKey("socket");

                Task.sleep(Duration.ofNanos(began + 999_999_999 - on.loop.time()));
                assertThat(served).isEmpty();
                Task.sleep(Duration.ofNanos(1));
                on.until("both are served", () -> served.size() == 2);
                assertThat(on.loop.time() - began).isEqualTo(1_000_000_000);
                assertThat(on.engine.load().timers()).isZero();
                server.close();
                peers.forEach(Peer::close);
                server.waitClosed();
            });
        }
    }

    @Test
    void aLongShortageIsRetriedAndReportedOnceASecond() throws Exception {
        var kernels = failing(Faults.seeded(1).every(Fault.ACCEPT_EXHAUSTED, 1));
        try (TestLoop on = TestLoop.over(kernels)) {
            on.run(() -> {
                Server server = serve(on);
                Peer peer = Peer.connect(on, server.port());
                on.until("the first failure", () -> on.engine.load().timers() == 1);
                Task.sleep(Duration.ofMillis(10_500));
                assertThat(kernels.kernels().getFirst().injected(Fault.ACCEPT_EXHAUSTED))
                        .isEqualTo(11);
                assertThat(on.reported()).hasSize(11);
                assertThat(on.engine.load().timers()).isEqualTo(1);
                server.close();
                assertThat(on.engine.load().timers())
                        .as("closing takes the retry with it")
                        .isZero();
                peer.close();
            });
        }
    }

    @Test
    void connectionsThatStandAreServedDuringTheShortage() throws Exception {
        try (TestLoop on = TestLoop.over(failing(Faults.seeded(1).at(Fault.ACCEPT_EXHAUSTED, 3)))) {
            on.run(() -> {
                Server server = serve(on);
                Peer first = Peer.connect(on, server.port());
                on.until("the first is served", () -> served.size() == 1);
                Peer second = Peer.connect(on, server.port());
                on.until("accepting pauses", () -> on.engine.load().timers() == 1);
                first.send("hello");
                assertThat(new String(first.readUntil(5))).isEqualTo("hello");
                assertThat(served).hasSize(1);
                assertThat(on.reported()).hasSize(1);
                server.close();
                first.close();
                second.close();
                server.waitClosed();
            });
        }
    }

    @Test
    void aHandlerThatClosesTheServerInsideTheReportLeavesNoRetry() throws Exception {
        try (TestLoop on = TestLoop.over(failing(Faults.seeded(1).every(Fault.ACCEPT_EXHAUSTED, 1)))) {
            on.run(() -> {
                Server server = serve(on);
                on.loop.setExceptionHandler((loop, context) -> server.close());
                Peer peer = Peer.connect(on, server.port());
                on.until("the server is closed", () -> !server.isServing());
                on.passes(2);
                assertThat(on.engine.load().timers()).isZero();
                assertThat(on.engine.load().channels()).isZero();
                peer.close();
            });
        }
    }
}
