package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: asyncio's test_server: waitClosed returns when the server is closed and its last connection is gone, in whichever order,
 * for everybody who waits. Method: the truth table row by row; "waits" means that some passes change nothing.
 */
@ExtendWith(LeakCheck.class)
class ServerWaitTest {
    private final List<Recorder> ends = new ArrayList<>();

    private Server serve(TestLoop on) throws Exception {
        return on.loop.createServer(
                () -> {
                    ends.add(new Recorder());
                    return ends.getLast();
                },
                "127.0.0.1",
                0);
    }

    private static Peer join(TestLoop on, Server server, int count) throws Exception {
        Peer peer = Peer.connect(on, server.port());
        on.until("the connection is served", () -> server.clientCount() == count);
        on.passes(2);
        return peer;
    }

    private static Task<?> waiter(TestLoop on, Server server) {
        return on.loop.createTask("waiter", server::waitClosed);
    }

    private static void assertWaits(TestLoop on, Task<?> waiter) throws Exception {
        on.passes(5);
        assertThat(waiter.isDone()).isFalse();
    }

    @Test
    void whoeverGivesUpWaitingOrDrainingLeavesNothingBehind() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                SocketServer server = (SocketServer) serve(on);
                Peer peer = join(on, server, 1);
                for (int i = 0; i < 100; i++) {
                    Task<?> waiter = waiter(on, server);
                    on.passes(1);
                    waiter.cancel();
                    on.until("cancelled", waiter::isDone);
                }
                assertThat(server.waitingForEnd()).isZero();
                for (int i = 0; i < 100; i++) {
                    server.drainAsync(Duration.ofDays(1), Duration.ZERO).cancel(true);
                }
                assertThat(server.waitingForEnd()).isZero();
                peer.close();
                server.waitClosed();
            });
        }
    }

    @Proves("Server.wait_closed")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void openWithoutConnectionsWaits(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Task<?> waiter = waiter(on, server);
                assertWaits(on, waiter);
                server.close();
                on.until("closed", waiter::isDone);
                server.waitClosed(); // at once from now on
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void openWaitsAlthoughItsLastConnectionHasGone(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Peer peer = join(on, server, 1);
                Task<?> waiter = waiter(on, server);
                assertWaits(on, waiter);
                peer.close();
                on.until("it has gone", () -> server.clientCount() == 0);
                assertWaits(on, waiter);
                server.close();
                on.until("closed", waiter::isDone);
            });
        }
    }

    @Proves(
            value = {"Server.wait_closed", "Server.close"},
            ports = "test_events.test_wait_closed")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closedWaitsForTheLastConnectionWhichLivesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Peer first = join(on, server, 1);
                Peer second = join(on, server, 2);
                server.close();
                Task<?> waiter = waiter(on, server);
                assertWaits(on, waiter);
                first.send("still here");
                on.until("it is still served", () -> ends.getFirst().heard.count() == 10);
                first.close();
                on.until("one is left", () -> server.clientCount() == 1);
                assertWaits(on, waiter);
                second.close();
                on.until("closed", waiter::isDone);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theLastConnectionHasHeardItsEndBeforeTheWaitIsOver(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Peer peer = join(on, server, 1);
                int[] counted = {-1};
                ends.getFirst().atLost = reason -> counted[0] = server.clientCount();
                server.close();
                server.closeClients();
                server.waitClosed();
                assertThat(ends.getFirst().heard.isLost()).isTrue();
                assertThat(counted[0])
                        .as("counted until connectionLost has returned")
                        .isEqualTo(1);
                peer.close();
            });
        }
    }

    @Proves("Server.wait_closed")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void everybodyWhoWaitsReturnsAndACancelledOneDisturbsNobody(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                List<Task<?>> waiters = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    waiters.add(waiter(on, server));
                }
                on.passes(2);
                waiters.get(2).cancel();
                on.until("one was cancelled", waiters.get(2)::isDone);
                assertThat(waiters.get(2).isCancelled()).isTrue();
                assertWaits(on, waiters.getFirst());
                server.close();
                on.until("all have returned", () -> waiters.stream().allMatch(Task::isDone));
                assertThat(waiters.stream().filter(Task::isCancelled)).hasSize(1);
            });
        }
    }

    @Proves("Server.wait_closed")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void serverAndConnectionClosedInTheSamePass(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (boolean serverFirst : new boolean[] {true, false}) {
                    Server server = serve(on);
                    Peer peer = join(on, server, 1);
                    Task<?> waiter = waiter(on, server);
                    on.passes(1);
                    if (serverFirst) {
                        server.close();
                    }
                    ends.getLast().transport().close();
                    if (!serverFirst) {
                        server.close();
                    }
                    on.until("the wait is over", waiter::isDone);
                    peer.close();
                }
            });
        }
    }

    @Proves("Server.close_clients")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closeClientsEndsTheWaitWithinTwoPasses(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Peer peer = join(on, server, 1);
                server.close();
                Task<?> waiter = waiter(on, server);
                assertWaits(on, waiter);
                server.closeClients();
                on.passes(2);
                assertThat(waiter.isDone()).isTrue();
                assertThat(peer.readToEof()).isEmpty();
                peer.close();
            });
        }
    }

    @Proves("Server.abort_clients")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void abortClientsEndsTheWaitWithinTwoPassesAlthoughBuffersAreFull(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Peer peer = join(on, server, 1);
                Transport transport = ends.getFirst().transport();
                transport.setOption(StandardSocketOptions.SO_SNDBUF, 65536);
                transport.pauseReading();
                while (!ends.getFirst().heard.isPaused()) {
                    transport.write(new byte[65536]);
                }
                server.close();
                server.closeClients();
                Task<?> waiter = waiter(on, server);
                assertWaits(on, waiter);
                server.abortClients();
                on.passes(2);
                assertThat(waiter.isDone()).isTrue();
                assertThat(transport.droppedBytes()).isPositive();
                peer.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void waitingInACallbackIsRefused(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                List<Throwable> thrown = new ArrayList<>();
                on.loop.callSoon(() -> {
                    try {
                        server.waitClosed();
                    } catch (Exception refused) {
                        thrown.add(refused);
                    }
                });
                on.passes(2);
                assertThat(thrown).hasSize(1);
                assertThat(thrown.getFirst())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("waitClosed parks");
                server.close();
            });
        }
    }
}
