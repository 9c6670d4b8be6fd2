package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a handshake that fails is told to who waits for it, heard by no protocol and no exception handler, and leaves nothing
 * behind. Method: each way to fail, on every kernel where the way depends on it.
 */
@ExtendWith(LeakCheck.class)
class TlsHandshakeTest {
    private final Recorder client = new Recorder();
    private final Recorder server = new Recorder();

    /** Serves, tries to connect, and awaits that nothing is left of either side. */
    private Throwable failure(TestLoop on, TlsOptions clients, TlsOptions servers) throws Exception {
        try (Server listener = TlsPair.serve(on, server, servers)) {
            Throwable thrown = null;
            try {
                TlsPair.connect(on, client, listener.port(), clients);
            } catch (IOException failed) {
                thrown = failed;
            }
            on.until("the server has let go of it", () -> listener.clientCount() == 0);
            assertThat(client.heard.events).isEmpty();
            assertThat(server.heard.events).isEmpty();
            return thrown;
        }
    }

    private static void over(Net net, TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> body.run(on));
        }
    }

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    // ---- certificates ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(
            value = "create_connection",
            ports = {
                "test_ssl.test_create_connection_ssl_failed_certificate",
                "test_events.test_create_server_ssl_verify_failed"
            })
    void aServerThatNobodyTrustsIsRefused(Net net) throws Exception {
        over(net, on -> {
            TlsIdentity stranger = Certificates.authority("A Stranger");
            Throwable thrown = failure(on, Certificates.client(), TlsOptions.server(stranger));
            assertThat(thrown).isInstanceOf(SSLHandshakeException.class).hasMessageContaining("PKIX");
        });
    }

    @Test
    @Proves(ports = "test_events.test_create_server_ssl_match_failed")
    void aServerOfAnotherNameIsRefused() throws Exception {
        over(Net.MEMORY, on -> {
            TlsIdentity other = Certificates.signed("EC", "other", "other.example");
            assertThat(failure(on, Certificates.client(), TlsOptions.server(other)))
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("127.0.0.1");
        });
    }

    @Test
    @Proves(ports = "test_events.test_create_server_ssl_verified")
    void theNameMayBeAnotherThanTheHost() throws Exception {
        over(Net.MEMORY, on -> {
            TlsIdentity other = Certificates.signed("EC", "other", "other.example");
            TlsOptions clients = Certificates.client();
            TlsPair.open(on, client, server, clients.withServerName("other.example"), TlsOptions.server(other))
                    .end(on);
            assertThat(failureOf(on, clients.withServerName("another.example"), TlsOptions.server(other)))
                    .isInstanceOf(SSLHandshakeException.class);
            TlsPair.open(
                            on,
                            new Recorder(),
                            new Recorder(),
                            clients.withHostNameChecked(false),
                            TlsOptions.server(other))
                    .end(on);
        });
    }

    private static Throwable failureOf(TestLoop on, TlsOptions clients, TlsOptions servers) throws Exception {
        return new TlsHandshakeTest().failure(on, clients, servers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientWithoutACertificateIsRefusedWhereOneIsNeeded(String version) throws Exception {
        over(Net.MEMORY, on -> {
            TlsOptions servers = Certificates.server()
                    .trusting(Certificates.AUTHORITY.chain())
                    .withClientAuth(ClientAuth.NEED);
            TlsOptions clients = TlsPair.only(Certificates.client(), version);
            try (Server listener = TlsPair.serve(on, server, servers)) {
                // In TLS 1.3 the client's handshake is complete before the server has seen that there is no
                // certificate.
                assertThatThrownBy(() -> {
                            Connection<Recorder> made = TlsPair.connect(on, client, listener.port(), clients);
                            on.until("lost", made.protocol().heard::isLost);
                            throw (Exception) made.protocol().heard.reason();
                        })
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining(version.equals("TLSv1.3") ? "certificate_required" : "handshake_failure");
                on.until("gone", () -> listener.clientCount() == 0);
                assertThat(server.heard.events).isEmpty();
            }
            TlsPair pair = TlsPair.open(
                    on, new Recorder(), new Recorder(), clients.withIdentity(Certificates.CLIENT), servers);
            assertThat(pair.serverTransport().peerCertificates()).isEqualTo(Certificates.CLIENT.chain());
            assertThat(pair.clientTransport().peerCertificates()).isEqualTo(Certificates.LOCALHOST.chain());
            pair.end(on);
            TlsPair wanted =
                    TlsPair.open(on, new Recorder(), new Recorder(), clients, servers.withClientAuth(ClientAuth.WANT));
            assertThat(wanted.serverTransport().peerCertificates()).isEmpty();
            wanted.end(on);
        });
    }

    @Test
    void withoutACommonApplicationProtocolThereIsNoConnection() throws Exception {
        over(Net.MEMORY, on -> {
            TlsOptions clients = Certificates.client();
            TlsOptions servers = Certificates.server().withApplicationProtocols("h2", "http/1.1");
            TlsPair pair =
                    TlsPair.open(on, client, server, clients.withApplicationProtocols("http/1.1", "h2"), servers);
            assertThat(pair.clientTransport().applicationProtocol()).isEqualTo("h2");
            assertThat(pair.serverTransport().applicationProtocol()).isEqualTo("h2");
            pair.end(on);
            TlsPair silent = TlsPair.open(on, new Recorder(), new Recorder(), clients, servers);
            assertThat(silent.serverTransport().applicationProtocol()).isEmpty();
            silent.end(on);
            assertThat(failureOf(on, clients.withApplicationProtocols("gopher"), servers))
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("no_application_protocol");
        });
    }

    // ---- peers that do not play
    // ---------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Net.class)
    void aClientOfPlainHttpIsTurnedAwayQuietly(Net net) throws Exception {
        over(net, on -> {
            try (Server listener = TlsPair.serve(on, server, Certificates.server());
                    Peer peer = Peer.connect(on, listener.port())) {
                peer.send("GET /"); // as much as a record's header
                on.until("gone", () -> listener.clientCount() == 0);
                assertThat(server.heard.events).isEmpty();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void aServerThatSpeaksNoTlsIsAFailedHandshake(Net net) throws Exception {
        over(net, on -> {
            Recorder plain = new Recorder();
            plain.atMade = transport -> transport.write("220 mail.example ESMTP\r\n".getBytes());
            try (Server listener = on.loop.createServer(() -> plain, "127.0.0.1", 0)) {
                assertThatThrownBy(() -> TlsPair.connect(on, client, listener.port(), Certificates.client()))
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining("plaintext connection?");
                on.until("the server's end is gone", plain.heard::isLost);
            }
            assertThat(client.heard.events).isEmpty();
        });
    }

    private enum Quit {
        END,
        RESET
    }

    @ParameterizedTest
    @MethodSource("fairNetsAndQuits")
    @Proves(
            value = "create_connection",
            ports = {
                "test_ssl.test_ssl_handshake_connection_lost",
                "test_sslproto.test_connection_lost_when_busy",
                "test_sslproto.test_eof_received_waiter",
                "test_sslproto.test_connection_lost"
            })
    void aServerThatGoesAwayFailsTheHandshake(Net net, Quit quit) throws Exception {
        over(net, on -> {
            Protocol quitting = new Protocol() {
                private Transport transport;

                @Override
                public void connectionMade(Transport made) {
                    transport = made;
                }

                @Override
                public void dataReceived(ByteBuffer data) {
                    try {
                        if (quit == Quit.RESET) {
                            transport.setOption(java.net.StandardSocketOptions.SO_LINGER, 0);
                        }
                    } catch (IOException failed) {
                        throw new AssertionError(failed);
                    }
                    transport.abort();
                }
            };
            try (Server listener = on.loop.createServer(() -> quitting, "127.0.0.1", 0)) {
                assertThatThrownBy(() -> TlsPair.connect(on, client, listener.port(), Certificates.client()))
                        .isInstanceOf(IOException.class);
                on.until("the server's end is gone", () -> listener.clientCount() == 0);
            }
            assertThat(client.heard.events).isEmpty();
        });
    }

    static List<org.junit.jupiter.params.provider.Arguments> fairNetsAndQuits() {
        return Net.fair()
                .flatMap(net -> java.util.stream.Stream.of(Quit.values())
                        .map(quit -> org.junit.jupiter.params.provider.Arguments.of(net, quit)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aClientThatGoesAwayInTheMiddleLeavesNothingAtTheServer(Net net) throws Exception {
        over(net, on -> {
            try (Server listener = TlsPair.serve(on, server, Certificates.server())) {
                for (Quit quit : Quit.values()) {
                    Peer peer = Peer.connect(on, listener.port());
                    peer.send("\u0016\u0003\u0001\u0001\u0000half a hello");
                    on.until("it is noticed", () -> listener.clientCount() == 1);
                    if (quit == Quit.RESET) {
                        peer.reset();
                    } else {
                        peer.close();
                    }
                    on.until("gone", () -> listener.clientCount() == 0);
                }
            }
            assertThat(server.heard.events).isEmpty();
        });
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    @Test
    @Proves(
            value = {"B20", "ssl_handshake_timeout"},
            ports = {"test_ssl.test_ssl_handshake_timeout", "test_ssl.test_create_connection_ssl_slow_handshake"})
    void whoDribblesAHandshakeIsCutOffInTime() throws Exception {
        over(Net.MEMORY, on -> {
            TlsOptions servers = Certificates.server().withHandshakeTimeout(Duration.ofSeconds(10));
            try (Server listener = TlsPair.serve(on, server, servers);
                    Peer peer = Peer.connect(on, listener.port())) {
                long began = on.loop.time();
                for (int i = 0; listener.clientCount() > 0 || i == 0; i++) {
                    peer.trySend(ByteBuffer.wrap(new byte[] {i == 0 ? (byte) 22 : 3}));
                    Task.sleep(Duration.ofMillis(700));
                    if (i == 1) {
                        peer.trySend(ByteBuffer.wrap(new byte[] {3, 64, 0}));
                    }
                }
                assertThat(on.loop.time() - began)
                        .isBetween(
                                Duration.ofSeconds(10).toNanos(),
                                Duration.ofSeconds(12).toNanos());
            }
            assertThat(server.heard.events).isEmpty();
        });
    }

    @Test
    @Proves(ports = {"test_ssl.test_handshake_timeout_handler_leak", "test_sslproto.test_handshake_timeout_zero"})
    void aServerThatNeverAnswersIsGivenUp() throws Exception {
        over(Net.MEMORY, on -> {
            Recorder silent = new Recorder();
            try (Server listener = on.loop.createServer(() -> silent, "127.0.0.1", 0)) {
                long began = on.loop.time();
                assertThatThrownBy(() -> TlsPair.connect(on, client, listener.port(), Certificates.client()))
                        .isInstanceOf(SSLHandshakeException.class)
                        .hasMessageContaining("taking longer than 60.0 s");
                assertThat(Duration.ofNanos(on.loop.time() - began)).isEqualTo(Duration.ofSeconds(60));
                on.until("the server's end is gone", silent.heard::isLost);
                assertThat(on.engine.load().timers()).as("no timer is left").isZero();
            }
        });
        TlsOptions options = Certificates.client();
        assertThatThrownBy(() -> options.withHandshakeTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("positive");
        assertThatThrownBy(() -> options.withShutdownTimeout(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ---- cancelling -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            value = "create_connection",
            ports = {
                "test_ssl.test_create_connection_ssl_failed_certificate",
                "test_ssl.test_start_tls_slow_client_cancel"
            })
    void whoTimesOutInTheHandshakeLeavesNothing(Net net) throws Exception {
        over(net, on -> {
            Recorder silent = new Recorder();
            try (Server listener = on.loop.createServer(() -> silent, "127.0.0.1", 0)) {
                assertThatThrownBy(() -> Timeout.within(
                                Duration.ofMillis(50),
                                () -> TlsPair.connect(on, client, listener.port(), Certificates.client())))
                        .isInstanceOf(TimeoutException.class);
                on.until("the server's end is gone", silent.heard::isLost);
            }
            assertThat(client.heard.events).isEmpty();
        });
    }

    /** Whatever moment the cancel comes in, there is no third outcome. */
    @Test
    void cancellingAtAnyPassEndsInAConnectionOrInNothing() throws Exception {
        over(Net.MEMORY, on -> {
            for (int passes = 0; passes < 40; passes++) {
                Recorder here = new Recorder();
                Recorder there = new Recorder();
                try (Server listener = TlsPair.serve(on, there, Certificates.server())) {
                    Task<Connection<Recorder>> connecting =
                            on.loop.createTask(() -> TlsPair.connect(on, here, listener.port(), Certificates.client()));
                    on.passes(passes);
                    connecting.cancel();
                    on.until("it has ended", connecting::isDone);
                    if (!connecting.isCancelled()) {
                        connecting.await().transport().abort();
                    }
                    on.until("the server has let go", () -> listener.clientCount() == 0);
                    assertThat(here.heard.summary()).isIn("", "made lost", "made data lost");
                }
            }
        });
    }

    @Test
    void cancellingTheFutureFromAnotherThreadClosesToo() throws Exception {
        over(Net.EPOLL, on -> {
            Recorder silent = new Recorder();
            try (Server listener = on.loop.createServer(() -> silent, "127.0.0.1", 0)) {
                CompletableFuture<Connection<Recorder>> connecting = Tls.createConnectionAsync(
                        on.loop,
                        () -> client,
                        "127.0.0.1",
                        listener.port(),
                        Certificates.client(),
                        ConnectOptions.defaults());
                on.until("the server hears the hello", () -> silent.heard.count() > 0);
                on.loop.runInExecutor(() -> connecting.cancel(true)).get();
                on.until("the server's end is gone", silent.heard::isLost);
            }
            assertThat(client.heard.events).isEmpty();
        });
    }

    @Test
    void closingAServerEndsHandshakesThatAreUnderWay() throws Exception {
        over(Net.MEMORY, on -> {
            Server listener = TlsPair.serve(on, server, Certificates.server());
            try (Peer peer = Peer.connect(on, listener.port())) {
                on.until("accepted", () -> listener.clientCount() == 1);
                listener.close();
                listener.closeClients();
                listener.waitClosed();
                assertThat(peer.readToEof()).isEmpty();
            }
            assertThat(server.heard.events).isEmpty();
        });
    }

    // ---- misuse ---------------------------------------------------------------------------------------------------

    @Test
    void aServerWithoutACertificateIsRefusedBeforeItListens() throws Exception {
        over(
                Net.MEMORY,
                on -> assertThatThrownBy(() -> TlsPair.serve(on, server, TlsOptions.client()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("needs a certificate"));
    }

    @Test
    void whatTheFactoryThrowsIsTheCallers() throws Exception {
        over(Net.MEMORY, on -> {
            try (Server listener = Tls.createServer(
                    on.loop, () -> server, "127.0.0.1", 0, Certificates.server(), ServerOptions.defaults())) {
                assertThatThrownBy(() -> Tls.createConnection(
                                on.loop,
                                () -> {
                                    throw new IllegalStateException("no protocol today");
                                },
                                "127.0.0.1",
                                listener.port(),
                                Certificates.client(),
                                ConnectOptions.defaults()))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("no protocol today");
                on.until("gone", () -> listener.clientCount() == 0);
            }
        });
    }
}
