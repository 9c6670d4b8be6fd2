package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.support.FullListener;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Server;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B9, gh-131728: a cancelled sock_connect returned before its descriptor was taken out of the poller; the next socket got the
 * same number, and "File descriptor is used by transport". Goal: a number that is used again hears nothing of its former owner.
 * Method: connects that stay on the way are cancelled, and the next connection is made in the same breath, many times; the
 * kernel under it watches for every use of what is closed.
 */
@Proves({"B9", "I-23", "sock_connect"})
@ExtendWith(LeakCheck.class)
class AsyncioB09Test {
    private static final int ROUNDS = 20;

    private static void run(Net net, Round round) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                FullListener silent = FullListener.open(on, "127.0.0.2");
                for (int i = 0; i < ROUNDS; i++) {
                    round.run(on, silent.address(), server.port());
                    on.until("only the listener is left", () -> on.engine.load().channels() == 1);
                }
                silent.close();
                server.close();
                server.waitClosed();
            });
        }
    }

    @FunctionalInterface
    private interface Round {
        void run(TestLoop on, InetSocketAddress silent, int port) throws Exception;
    }

    private static void cancelled(TestLoop on, Action connect) throws Exception {
        Task<?> connecting = on.loop.createTask("c", connect);
        on.until("it is on the way", () -> on.engine.load().channels() == 2);
        connecting.cancel();
        assertThatThrownBy(connecting::await).isInstanceOf(CancellationException.class);
    }

    private static void assertAConnectionWorks(TestLoop on, int port) throws Exception {
        var made = on.loop.createConnection(Recorder::new, "127.0.0.1", port);
        made.transport().write(new byte[1000]);
        on.passes(3);
        assertThat(made.transport().isClosing()).isFalse();
        made.transport().close();
        on.until("lost", made.protocol().heard::isLost);
        assertThat(made.protocol().heard.summary()).isEqualTo("made lost");
    }

    @Proves(ports = "test_sock_lowlevel.test_sock_client_connect_racing")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectOfASocketThatIsCancelledAndClosed(Net net) throws Exception {
        run(net, (on, silent, port) -> {
            try (AsyncSocket socket = on.loop.openSocket()) {
                cancelled(on, () -> socket.connect(silent));
            }
            assertAConnectionWorks(on, port);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectionThatIsCancelled(Net net) throws Exception {
        run(net, (on, silent, port) -> {
            cancelled(on, () -> on.loop.createConnection(Recorder::new, List.of(silent), ConnectOptions.defaults()));
            assertAConnectionWorks(on, port);
        });
    }
}
