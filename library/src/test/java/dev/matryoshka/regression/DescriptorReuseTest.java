package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Server;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * C1 of the catalogue of faults: an event of a socket that was closed in the same pass reached the new owner of its number
 * (reported of Netty, libuv, uvloop and others). Goal: whatever is closed and opened inside callbacks, no connection hears
 * what was meant for another. Method: a hundred connections are told their own port, so that one poll reports many; the
 * first callback closes half of them and opens new ones, which take over their numbers; five rounds.
 */
@ExtendWith(LeakCheck.class)
class DescriptorReuseTest {
    private static final int CONNECTIONS = 100;
    private static final int ROUNDS = 5;

    private final List<Recorder> atServer = new ArrayList<>();
    private final List<Recorder> clients = new ArrayList<>();
    private final Map<Recorder, Integer> ports = new HashMap<>();
    private int opening;

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void noConnectionHearsWhatWasMeantForTheFormerOwnerOfItsNumber(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(
                        () -> {
                            atServer.add(new Recorder());
                            return atServer.getLast();
                        },
                        "127.0.0.1",
                        0);
                for (int i = 0; i < CONNECTIONS; i++) {
                    open(on, server.port());
                }
                on.until("all stand", () -> server.clientCount() == CONNECTIONS && opening == 0);
                for (int round = 1; round <= ROUNDS; round++) {
                    shake(on, server);
                }
                server.close();
                server.abortClients();
                clients.forEach(client -> client.transport().abort());
                server.waitClosed();
                on.until("all are lost", () -> clients.stream().allMatch(client -> client.heard.isLost()));
            });
        }
        assertThat(clients).hasSize(CONNECTIONS + ROUNDS * CONNECTIONS / 2);
        int heard = 0;
        for (Recorder client : clients) {
            assertThat(client.heard.text()).matches("(" + ports.get(client) + ",)*");
            assertThat(client.heard.reason()).isNull();
            heard += client.heard.count() > 0 ? 1 : 0;
        }
        assertThat(heard).isGreaterThanOrEqualTo(CONNECTIONS);
    }

    private void open(TestLoop on, int port) {
        Recorder client = new Recorder();
        client.atMade = transport -> ports.put(client, port(transport.localAddress()));
        opening++;
        on.loop.createConnectionAsync(() -> client, "127.0.0.1", port).whenComplete((connection, failure) -> {
            opening--;
            if (failure != null) {
                throw new AssertionError(failure);
            }
        });
        clients.add(client);
    }

    /** Each that lives is told its name; the first to hear it closes every second one and opens as many. */
    private void shake(TestLoop on, Server server) throws Exception {
        List<Recorder> alive = living(clients);
        assertThat(alive).hasSize(CONNECTIONS);
        boolean[] first = {true};
        Map<Recorder, Integer> before = new HashMap<>();
        for (Recorder client : alive) {
            before.put(client, client.heard.count());
            client.atData = data -> {
                if (first[0]) {
                    first[0] = false;
                    replaceHalf(on, server.port());
                }
            };
        }
        for (Recorder end : living(atServer)) {
            end.transport().write((port(end.transport().remoteAddress()) + ",").getBytes());
        }
        on.until(
                "all have settled",
                () -> opening == 0
                        && server.clientCount() == CONNECTIONS
                        && alive.stream().allMatch(end -> end.heard.count() > before.get(end) || end.heard.isLost()));
        clients.forEach(client -> client.atData = data -> {});
    }

    private static List<Recorder> living(List<Recorder> ends) {
        return ends.stream()
                .filter(end -> end.heard.isMade() && !end.transport().isClosing())
                .toList();
    }

    private static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    private void replaceHalf(TestLoop on, int port) {
        List<Recorder> open = living(clients);
        for (int i = 0; i < open.size(); i += 2) {
            open.get(i).transport().abort();
            open(on, port);
        }
    }
}
