package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: createConnection gives a connection whose protocol has heard connectionMade, or says why not; and whenever it is given up,
 * nothing of it stays open. Method: a host that never answers, failures at every step, cancels at every moment.
 */
@ExtendWith(LeakCheck.class)
class CreateConnectionTest {
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

    @Proves(
            value = {"S-28", "S-29", "create_connection"},
            ports = {"test_events.test_create_connection", "test_selector_events.test_ctor_with_waiter"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void itReturnsAfterConnectionMadeAndBeforeAnyByte(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Recorder greeting = new Recorder();
                greeting.atMade = transport -> transport.write("welcome".getBytes());
                Server server = on.loop.createServer(() -> greeting, "127.0.0.1", 0);
                Connection<Recorder> made = on.loop.createConnection(Recorder::new, "127.0.0.1", server.port());
                assertThat(made.protocol().heard.events).startsWith("made");
                assertThat(made.protocol().transport()).isSameAs(made.transport());
                assertThat(made.transport().remoteAddress())
                        .isEqualTo(new InetSocketAddress("127.0.0.1", server.port()));
                assertThat(made.transport().writeBufferLimits()).isEqualTo(WaterMarks.DEFAULT);
                on.until("the greeting", () -> made.protocol().heard.count() == 7);
                made.transport().close();
                end(on, server);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aRefusalNamesTheAddress(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                int port = server.port();
                end(on, server);
                on.passes(3);
                assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, "127.0.0.1", port))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("127.0.0.1:" + port)
                        .hasMessageContaining("ECONNREFUSED");
                assertThat(on.engine.load().channels()).isZero();
            });
        }
    }

    @Proves({"S-18", "S-31"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aNameIsLookedUpAndItsAddressesAreTried(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                var made = on.loop.createConnection(Recorder::new, "localhost", server.port());
                made.transport().close();
                assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, "no-such-host.invalid", 1))
                        .isInstanceOf(UnknownHostException.class)
                        .hasMessageContaining("no-such-host.invalid");
                assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, "", 1))
                        .isInstanceOf(UnknownHostException.class);
                end(on, server);
            });
        }
    }

    /** The kernel is told of work outside for look-ups only, so it tells whether there was one. */
    @Test
    void aLiteralIsNotLookedUp() throws Exception {
        List<String> held = new ArrayList<>();
        KernelProvider listening = Tampered.provider(network(), (method, arguments) -> {
            if (method.equals("holdTime")) {
                held.add(method);
            }
            return null;
        });
        try (TestLoop on = TestLoop.over(listening)) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "", 80);
                for (String literal : List.of("127.0.0.1", "::1", "0:0:0:0:0:0:0:1")) {
                    on.loop
                            .createConnection(Recorder::new, literal, 80)
                            .transport()
                            .abort();
                }
                assertThat(held).isEmpty();
                on.loop
                        .createConnection(Recorder::new, "localhost", 80)
                        .transport()
                        .abort();
                assertThat(held).hasSize(1);
                end(on, server);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void aPortOutOfRangeIsRefusedWithItsNumber(int port) throws Exception {
        try (TestLoop on = TestLoop.over(network())) {
            on.run(() -> assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, SILENT, port))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("" + port));
        }
    }

    @Proves("S-29")
    @Test
    void inACallbackItIsRefusedAndTheFutureIsTheWay() throws Exception {
        try (TestLoop on = TestLoop.over(network())) {
            List<Throwable> thrown = new ArrayList<>();
            on.run(() -> {
                on.loop.callSoon(() -> {
                    try {
                        on.loop.createConnection(Recorder::new, SILENT, 1);
                    } catch (Exception refused) {
                        thrown.add(refused);
                    }
                });
                on.passes(2);
            });
            assertThat(thrown).hasSize(1);
            assertThat(thrown.getFirst())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("createConnection parks");
        }
    }

    @Proves({"S-32", "S-38"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFactoryThatFailsFailsTheAttemptAndLeavesNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                int port = server.port();
                assertThatThrownBy(() -> on.loop.<Recorder>createConnection(
                                () -> {
                                    throw new IllegalArgumentException("no protocol");
                                },
                                "127.0.0.1",
                                port))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("no protocol");
                assertThatThrownBy(() -> on.loop.<Recorder>createConnection(() -> null, "127.0.0.1", port))
                        .isInstanceOf(NullPointerException.class)
                        .hasMessage("the protocol factory returned null");
                on.until("the server's ends have gone", () -> on.engine.load().channels() == 1);
                end(on, server);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectionMadeThatThrowsIsReportedAndTheConnectionIsGiven(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Recorder recorder = new Recorder();
                recorder.atMade = transport -> {
                    throw new IllegalStateException("not today");
                };
                var made = on.loop.createConnection(() -> recorder, "127.0.0.1", server.port());
                assertThat(made.transport().isClosing()).isFalse();
                made.transport().close();
                end(on, server);
            });
            assertThat(on.reported()).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectionMadeThatAbortsGivesAConnectionThatIsClosing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = serve(on);
                Recorder recorder = new Recorder();
                recorder.atMade = Transport::abort;
                var made = on.loop.createConnection(() -> recorder, "127.0.0.1", server.port());
                assertThat(made.transport().isClosing()).isTrue();
                on.until("lost", recorder.heard::isLost);
                end(on, server);
            });
        }
    }
}
