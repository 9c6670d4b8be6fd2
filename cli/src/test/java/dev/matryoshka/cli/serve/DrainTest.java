package dev.matryoshka.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.testing.TestNetwork;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a server that drains gives up on whom, in virtual time. */
class DrainTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final TestNetwork network = TestNetwork.create();
    private final EventLoop loop = network.openLoop();
    private final ScriptedServer server = new ScriptedServer();
    private final Drain drain = new Drain(loop, server, LIMIT);

    @AfterEach
    void close() {
        network.close();
    }

    /** Writes down what it is told; its clients leave when the test says so. */
    private static final class ScriptedServer implements Drainable {
        final List<String> calls = new ArrayList<>();
        boolean abortWorks = true;
        int clients;

        @Override
        public SocketAddress address() {
            return new InetSocketAddress(0);
        }

        @Override
        public void close() {
            calls.add("close");
        }

        @Override
        public void closeClients() {
            calls.add("closeClients");
        }

        @Override
        public void abortClients() {
            calls.add("abortClients");
            clients = abortWorks ? 0 : clients;
        }

        @Override
        public int clientCount() {
            return clients;
        }
    }

    private Duration drain() {
        loop.callSoon(drain::begin);
        loop.runForever();
        return network.elapsed();
    }

    @Test
    void withoutClientsTheLoopStopsAtOnce() {
        assertThat(drain()).isZero();

        assertThat(server.calls).containsExactly("close", "closeClients");
    }

    @Test
    void clientsGetTheTimeThatTheyNeed() {
        server.clients = 2;
        loop.callLater(Duration.ofSeconds(1), () -> server.clients--);
        loop.callLater(Duration.ofSeconds(3), () -> server.clients--);

        assertThat(drain()).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3_010));

        assertThat(server.calls).containsExactly("close", "closeClients");
    }

    @Test
    void whoIsNotDoneAtTheLimitIsAborted() {
        server.clients = 1;

        assertThat(drain()).isBetween(LIMIT, LIMIT.plusMillis(10));

        assertThat(server.calls).containsExactly("close", "closeClients", "abortClients");
    }

    @Test
    void aSecondCallAbortsAtOnceAndAThirdDoesNothing() {
        server.clients = 1;
        loop.callLater(Duration.ofSeconds(2), drain::begin);
        loop.callLater(Duration.ofSeconds(2), drain::begin);

        assertThat(drain()).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_010));

        assertThat(server.calls).containsExactly("close", "closeClients", "abortClients");
    }

    @Test
    void whoStaysInSpiteOfTheAbortIsLeftBehind() {
        server.clients = 1;
        server.abortWorks = false;

        assertThat(drain()).isEqualTo(LIMIT.plusSeconds(1));

        assertThat(server.calls).containsExactly("close", "closeClients", "abortClients");
    }
}
