package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.ConnectException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: whenever createConnection is given up, by whom and at whatever step, nothing of it stays open, and a protocol that was
 * never made hears nothing. Method: a host that never answers; cancels and timeouts at every moment.
 */
@ExtendWith(LeakCheck.class)
class CreateConnectionCancelTest {
    private static final String SILENT = "192.0.2.1";

    /** A network with a host from which nothing ever comes back. */
    private static MemoryNetwork network() {
        return new MemoryNetwork().addSilentHost(InetAddress.ofLiteral(SILENT));
    }

    private static Server serve(TestLoop on) throws Exception {
        return on.loop.createServer(Recorder::new, "127.0.0.1", 0);
    }

    private static void end(TestLoop on, Server server) throws Exception {
        server.close();
        server.abortClients();
        server.waitClosed();
    }

    private static void assertGivenUp(Function<CompletableFuture<?>, Boolean> givingUp) throws Exception {
        try (TestLoop on = TestLoop.over(network())) {
            on.run(() -> {
                ConnectOptions patient = ConnectOptions.defaults().withTimeout(null);
                var future = on.loop.createConnectionAsync(Recorder::new, SILENT, 1, patient);
                on.until("the attempt is under way", () -> on.engine.load().channels() == 1);
                assertThat(givingUp.apply(future)).isTrue();
                on.until("the attempt is closed", () -> on.engine.load().channels() == 0);
            });
        }
    }

    @Test
    void cancellingTheTaskClosesTheAttempt() throws Exception {
        try (TestLoop on = TestLoop.over(network())) {
            on.run(() -> {
                Task<?> connecting = on.loop.createTask("c", () -> on.loop.createConnection(Recorder::new, SILENT, 1));
                on.until("the attempt is under way", () -> on.engine.load().channels() == 1);
                connecting.cancel();
                assertThatThrownBy(connecting::get).isInstanceOf(CancellationException.class);
                assertThat(on.engine.load().channels()).isZero();
            });
        }
    }

    @Test
    void cancellingTheFutureClosesTheAttemptAtOnce() throws Exception {
        assertGivenUp(future -> future.cancel(true));
    }

    @Test
    void aTimeoutOfTheJdkClosesTheAttempt() throws Exception {
        assertGivenUp(future -> {
            future.orTimeout(1, TimeUnit.MILLISECONDS);
            assertThatThrownBy(future::get).cause().isInstanceOf(TimeoutException.class);
            return true;
        });
    }

    @Test
    void whoeverCompletesTheFutureOtherwiseClosesTheAttempt() throws Exception {
        assertGivenUp(future -> future.completeExceptionally(new IllegalStateException("changed my mind")));
    }

    @Test
    void cancelledDuringTheLookUpItOpensNoSocket() throws Exception {
        List<String> opened = new ArrayList<>();
        KernelProvider listening = Tampered.provider(network(), (method, arguments) -> {
            if (method.equals("openStream")) {
                opened.add(method);
            }
            return null;
        });
        try (TestLoop on = TestLoop.over(listening)) {
            on.run(() -> {
                var future = on.loop.createConnectionAsync(Recorder::new, "localhost", 80);
                assertThat(future.cancel(true)).isTrue();
                on.passes(20);
                // a look-up that is not given up has its answer by the time that this one has
                assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, "localhost", 80))
                        .isInstanceOf(ConnectException.class);
                assertThat(opened).hasSameSizeAs(InetAddress.getAllByName("localhost"));
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void cancelledBetweenConnectAndConnectionMadeItsProtocolHearsNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Recorder recorder = new Recorder();
                List<CompletableFuture<?>> future = new ArrayList<>();
                future.add(on.loop.createConnectionAsync(
                        () -> {
                            future.getFirst().cancel(true);
                            return recorder;
                        },
                        "127.0.0.1",
                        server.port()));
                on.until("the factory was called", () -> future.getFirst().isCancelled());
                on.until("the listener is alone", () -> on.engine.load().channels() == 1);
                assertThat(recorder.heard.events).isEmpty();
                end(on, server);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aTaskCancelledWhenTheConnectionIsMadeAlreadyAbortsIt(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Recorder recorder = new Recorder();
                List<Task<?>> task = new ArrayList<>();
                recorder.atMade = transport -> task.getFirst().cancel();
                task.add(on.loop.createTask(
                        "c", () -> on.loop.createConnection(() -> recorder, "127.0.0.1", server.port())));
                on.until("the task has ended", task.getFirst()::isDone);
                if (task.getFirst().isCancelled()) {
                    on.until("lost", recorder.heard::isLost);
                } else {
                    recorder.transport().abort(); // the result that was there won
                    on.until("lost", recorder.heard::isLost);
                }
                assertThat(recorder.heard.summary()).isEqualTo("made lost");
                end(on, server);
            });
        }
    }

    @Test
    void aLoopThatIsClosedUnderTheAttemptFailsIt() throws Exception {
        CompletableFuture<?> future;
        try (TestLoop on = TestLoop.leaving(network())) {
            future = on.call(() -> {
                var connecting = on.loop.createConnectionAsync(Recorder::new, SILENT, 1);
                on.passes(3);
                return connecting;
            });
            assertThat(future.isDone()).isFalse();
        }
        assertThat(future.isCompletedExceptionally()).isTrue();
        assertThat(future.exceptionNow()).isInstanceOf(java.nio.channels.ClosedChannelException.class);
    }
}
