package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the life of a server besides its end: when it serves, who serves for ever, what it tells of itself. Method: asyncio's
 * test_server and the server's rows of test_base_events, on every kernel.
 */
@ExtendWith(LeakCheck.class)
class ServerServingTest {
    private static Server serve(TestLoop on, boolean startServing) throws Exception {
        return on.loop.createServer(
                Recorder::new, "127.0.0.1", 0, ServerOptions.defaults().withStartServing(startServing));
    }

    private static Throwable connectFailure(TestLoop on, int port) throws Exception {
        var connecting = on.loop.createConnectionAsync(Recorder::new, "127.0.0.1", port);
        on.until("the attempt has ended", connecting::isDone);
        return connecting.isCompletedExceptionally() ? connecting.exceptionNow() : null;
    }

    @Proves(
            value = {"S-34", "Server.start_serving", "Server.is_serving", "Server.sockets"},
            ports = "test_server.test_start_server_1")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void withoutStartServingItHasItsAddressAndRefuses(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, false);
                assertThat(server.isServing()).isFalse();
                assertThat(server.addresses()).containsExactly(new InetSocketAddress("127.0.0.1", server.port()));
                assertThat(server.port()).isPositive();
                assertThat(connectFailure(on, server.port())).isInstanceOf(java.net.ConnectException.class);
                server.startServing();
                assertThat(server.isServing()).isTrue();
                server.startServing();
                Peer.connect(on, server.port()).close();
                server.close();
                server.waitClosed();
            });
        }
    }

    @Proves("Server.close")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closeIsIdempotentAndFinal(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, true);
                int port = server.port();
                assertThat(server.isServing()).isTrue();
                server.close();
                server.close();
                assertThat(server.isServing()).isFalse();
                assertThat(server.addresses()).isEmpty();
                assertThat(server.toString()).contains("closed");
                assertThatThrownBy(server::startServing)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("server is closed");
                assertThatThrownBy(server::serveForever)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("server is closed");
                on.passes(2); // the socket goes at the end of a pass
                assertThat(connectFailure(on, port))
                        .isInstanceOf(java.net.ConnectException.class)
                        .hasMessageContaining("127.0.0.1:" + port);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aServerThatNeverServedIsClosedToo(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, false);
                int port = server.port();
                server.close();
                server.waitClosed();
                Server again = on.loop.createServer(Recorder::new, "127.0.0.1", port);
                assertThat(again.port()).isEqualTo(port);
                again.close();
            });
        }
    }

    @Proves({"S-26", "Server.serve_forever"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void serveForeverServesAndEndsWithTheCancel(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, false);
                Task<?> serving = on.loop.createTask("serving", server::serveForever);
                on.until("it serves", server::isServing);
                Peer.connect(on, server.port()).close();
                serving.cancel();
                assertThatThrownBy(serving::get).isInstanceOf(CancellationException.class);
                assertThat(server.isServing()).isFalse();
                assertThat(server.addresses()).isEmpty();
                assertThatThrownBy(server::serveForever).hasMessageContaining("server is closed");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void serveForeverReturnsWhenAnotherTaskClosesTheServer(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, true);
                Task<?> serving = on.loop.createTask("serving", server::serveForever);
                on.passes(2);
                assertThat(serving.isDone()).isFalse();
                server.close();
                serving.get();
            });
        }
    }

    @Proves("Server.serve_forever")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void oneTaskAtATimeServesForever(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on, true);
                Task<?> serving = on.loop.createTask("serving", server::serveForever);
                Task<?> second = on.loop.createTask("second", server::serveForever);
                assertThatThrownBy(second::get)
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("already being awaited");
                assertThat(serving.isDone()).isFalse();
                assertThat(server.isServing()).isTrue();
                server.close();
                serving.get();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closeFromInsideEveryCallbackOfAConnection(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (int where = 0; where < 4; where++) {
                    Recorder end = new Recorder();
                    Server server = on.loop.createServer(() -> end, "127.0.0.1", 0);
                    switch (where) {
                        case 0 -> end.atMade = transport -> server.close();
                        case 1 -> end.atData = data -> server.close();
                        case 2 -> end.atEof = server::close;
                        default -> end.atLost = reason -> server.close();
                    }
                    try (Peer peer = Peer.connect(on, server.port())) {
                        peer.send("x");
                        peer.shutdownOutput();
                        server.waitClosed();
                        assertThat(end.heard.summary()).isEqualTo("made data eof lost");
                    }
                }
            });
        }
    }

    @Proves({"W10", "Server.get_loop"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anotherThreadIsSentAway(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            Server[] server = new Server[1];
            on.run(() -> server[0] = serve(on, true));
            List<Throwable> thrown = new ArrayList<>();
            Thread stranger = new Thread(() -> {
                for (Runnable call : List.<Runnable>of(
                        server[0]::close,
                        server[0]::startServing,
                        server[0]::closeClients,
                        server[0]::abortClients,
                        server[0]::addresses,
                        server[0]::port,
                        server[0]::isServing,
                        server[0]::clientCount)) {
                    try {
                        call.run();
                    } catch (RuntimeException refused) {
                        thrown.add(refused);
                    }
                }
            });
            stranger.start();
            stranger.join();
            assertThat(thrown).hasSize(8).allMatch(WrongThreadException.class::isInstance);
            assertThat(server[0].loop()).isSameAs(on.loop);
            on.run(() -> server[0].close());
        }
    }
}
