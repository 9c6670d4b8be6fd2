package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a connection that stands becomes a TLS one, and no byte is lost or leaked. Method: both ends on one loop. */
@ExtendWith(LeakCheck.class)
@Proves("start_tls")
class StartTlsTest {
    private static final TlsOptions CLIENT = Certificates.client().withServerName("localhost");

    private final Recorder client = new Recorder();
    private final Recorder server = new Recorder();

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    private static void over(Net net, TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> body.run(on));
        }
    }

    private CompletableFuture<TlsTransport> upgradeServer(ByteBuffer received) {
        CompletableFuture<TlsTransport> accepted =
                Tls.startTlsAsync(server.transport(), server, Certificates.server(), TlsSide.SERVER, received);
        accepted.thenAccept(server.heard::moved);
        return accepted;
    }

    private TlsTransport upgradeClient() throws Exception {
        TlsTransport secured = Tls.startTls(client.transport(), client, CLIENT, TlsSide.CLIENT);
        client.heard.moved(secured);
        return secured;
    }

    @Test
    void tlsIsStartedOnceOnATransport() throws Exception {
        over(Net.MEMORY, on -> {
            Pair.open(on, client, server);
            CompletableFuture<TlsTransport> accepted = upgradeServer(nothing());
            Task<TlsTransport> first = on.loop.createTask(this::upgradeClient);
            Task<TlsTransport> second = on.loop.createTask(this::upgradeClient);
            assertThatThrownBy(second::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("TLS was started on this transport already: ");
            TlsTransport secured = first.await();
            assertThat(secured.session().isValid()).isTrue();
            assertThatThrownBy(() -> upgradeServer(nothing())).isInstanceOf(IllegalStateException.class);
            secured.abort();
            accepted.get().abort();
            on.until("both are lost", () -> client.heard.isLost() && server.heard.isLost());
        });
    }

    private static ByteBuffer nothing() {
        return ByteBuffer.allocate(0);
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(
            ports = {
                "test_ssl.test_start_tls_client_reg_proto_1",
                "test_ssl.test_start_tls_server_1",
                "test_sslproto.test_start_tls_client_reg_proto_1"
            })
    void bothSidesGoOnInTls(Net net) throws Exception {
        byte[] secret = Bytes.numbered(net.amount() / 3);
        over(net, on -> {
            Pair pair = Pair.open(on, client, server);
            pair.clientTransport().write("plain".getBytes(StandardCharsets.US_ASCII));
            on.until("the plain part", () -> server.heard.count() == 5);
            CompletableFuture<TlsTransport> accepted = upgradeServer(nothing());
            TlsTransport transport = upgradeClient();
            transport.write(secret);
            on.until("the secret", () -> server.heard.count() == 5 + secret.length);
            accepted.get().write(secret);
            on.until("the answer", () -> client.heard.count() == secret.length);
            assertThat(client.heard.bytes()).isEqualTo(secret);
            transport.close();
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
            assertThat(client.heard.times("made")).isEqualTo(1);
            assertThat(client.heard.reason()).isNull();
            assertThat(server.heard.reason()).isNull();
        });
    }

    /** As in SMTP: the go-ahead is written in plain by the callback that starts TLS, and the hello may come at once. */
    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves({"B15", "I-11"})
    void whatCameBehindTheAgreementIsTheBeginningOfTheHandshake(Net net) throws Exception {
        over(net, on -> {
            server.atData = data -> {
                int end = server.heard.text().indexOf('\n');
                if (end >= 0) {
                    server.atData = more -> {};
                    int behind = server.heard.count() - end - 1;
                    upgradeServer(data.position(data.limit() - behind));
                }
            };
            Pair pair = Pair.open(on, client, server);
            pair.clientTransport().write("STARTTLS\n".getBytes(StandardCharsets.US_ASCII));
            TlsTransport transport = upgradeClient();
            transport.write("secret".getBytes(StandardCharsets.US_ASCII));
            on.until("the secret", () -> server.heard.text().endsWith("secret"));
            transport.close();
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
        });
    }

    /** So little that only plain has paused for it, so much that TLS would too, and as much as the kernel takes a while for. */
    @ParameterizedTest
    @ValueSource(ints = {200_000, 700_000, 5_000_000})
    void whatWasWrittenBeforeGoesOutBeforeAsItIs(int byteCount) throws Exception {
        byte[] plain = Bytes.numbered(byteCount);
        over(Net.MEMORY, on -> {
            server.atData = data -> {
                if (server.heard.count() >= plain.length) {
                    server.atData = more -> {};
                    upgradeServer(data.position(data.limit() - (server.heard.count() - plain.length)));
                }
            };
            Pair pair = Pair.open(on, client, server);
            pair.clientTransport().write(plain);
            assertThat(client.heard.isPaused()).isTrue();
            TlsTransport transport = upgradeClient();
            transport.write("!".getBytes(StandardCharsets.US_ASCII));
            on.until("all", () -> server.heard.text().endsWith("!"));
            assertThat(client.heard.isPaused())
                    .as("whom plain has paused TLS resumes")
                    .isFalse();
            transport.close();
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
        });
    }

    @Test
    @Proves()
    void whatIsWrittenDuringTheHandshakeWaitsForItsEnd() throws Exception {
        over(Net.MEMORY, on -> {
            Pair pair = Pair.open(on, client, server);
            CompletableFuture<TlsTransport> accepted = upgradeServer(nothing());
            CompletableFuture<TlsTransport> connecting =
                    Tls.startTlsAsync(pair.clientTransport(), client, CLIENT, TlsSide.CLIENT, nothing());
            TlsTransport early = (TlsTransport) dev.matryoshka.transport.Layer.outermost(pair.clientTransport());
            early.write("early".getBytes(StandardCharsets.US_ASCII));
            assertThat(early.writeBufferSize()).isEqualTo(5);
            assertThatThrownBy(early::session).isInstanceOf(IllegalStateException.class);
            on.until("it arrives", () -> server.heard.text().equals("early"));
            assertThat(connecting.get()).isSameAs(early);
            early.close();
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
            assertThat(accepted).isCompleted();
        });
    }

    @Test
    void theFirstBytesWaitUntilWhoeverAwaitedTheHandshakeHasRun() throws Exception {
        over(Net.MEMORY, on -> {
            Pair pair = Pair.open(on, client, server);
            upgradeServer(nothing()).thenAccept(transport -> transport.write("at once".getBytes()));
            TlsTransport transport = upgradeClient();
            assertThat(client.heard.count()).isZero();
            Recorder next = new Recorder();
            next.connectionMade(transport);
            transport.setProtocol(next);
            on.until("it arrives", () -> next.heard.text().equals("at once"));
            transport.close();
            on.until("lost", () -> next.heard.isLost() && server.heard.isLost());
        });
    }

    @Test
    @Proves(ports = {"test_ssl.test_start_tls_slow_client_cancel", "test_sslproto.test_start_tls_slow_client_cancel"})
    void whoIsCancelledInTheHandshakeHasNoConnectionAnyMore() throws Exception {
        over(Net.MEMORY, on -> {
            Pair pair = Pair.open(on, client, server);
            assertThatThrownBy(() -> Timeout.within(
                            Duration.ofSeconds(1),
                            () -> Tls.startTls(pair.clientTransport(), client, CLIENT, TlsSide.CLIENT)))
                    .isInstanceOf(TimeoutException.class);
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
            assertThat(client.heard.events).containsOnlyOnce("lost");
        });
    }

    @Test
    void aHandshakeThatFailsLosesTheConnectionWithItsReason() throws Exception {
        over(Net.MEMORY, on -> {
            Pair pair = Pair.open(on, client, server);
            CompletableFuture<TlsTransport> accepted = upgradeServer(nothing());
            TlsOptions suspicious = CLIENT.withServerName("another.example");
            assertThatThrownBy(() -> Tls.startTls(pair.clientTransport(), client, suspicious, TlsSide.CLIENT))
                    .isInstanceOf(SSLHandshakeException.class);
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
            assertThat(client.heard.reason()).isInstanceOf(SSLHandshakeException.class);
            assertThat(accepted).isCompletedExceptionally();
        });
    }

    @Test
    @Proves(ports = {"test_sslproto.test_start_tls_wrong_args"})
    void misuseIsRefusedBeforeAnythingHappens() throws Exception {
        over(Net.MEMORY, on -> {
            Pair pair = Pair.open(on, client, server);
            TlsOptions nameless = Certificates.client();
            assertThatThrownBy(() -> Tls.startTls(pair.clientTransport(), client, nameless, TlsSide.CLIENT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("withServerName");
            assertThatThrownBy(() -> Tls.startTls(pair.serverTransport(), server, TlsOptions.client(), TlsSide.SERVER))
                    .isInstanceOf(IllegalArgumentException.class);
            pair.clientTransport().write("still plain".getBytes());
            on.until("it arrives", () -> server.heard.text().equals("still plain"));
            pair.clientTransport().abort();
            assertThatThrownBy(() -> Tls.startTls(pair.clientTransport(), client, CLIENT, TlsSide.CLIENT))
                    .isInstanceOf(IllegalStateException.class);
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
        });
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(
            value = "ssl_over_ssl",
            ports = {"test_ssl.test_create_server_ssl_over_ssl", "test_sslproto.test_close_during_ssl_over_ssl"})
    void tlsOverTls(Net net) throws Exception {
        byte[] secret = Bytes.numbered(net.amount() / 4);
        over(net, on -> {
            TlsPair outer = TlsPair.open(on, client, server, "TLSv1.3");
            CompletableFuture<TlsTransport> accepted = upgradeServer(nothing());
            TlsTransport inner = upgradeClient();
            inner.write(secret);
            on.until("the secret", () -> server.heard.count() == secret.length);
            accepted.get().write(secret);
            on.until("the answer", () -> client.heard.count() == secret.length);
            assertThat(client.heard.bytes()).isEqualTo(secret);
            assertThat(server.heard.bytes()).isEqualTo(secret);
            inner.close();
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
            assertThat(client.heard.reason()).isNull();
            assertThat(server.heard.reason()).isNull();
        });
    }

    @Test
    void tlsOverAUnixSocket(@TempDir Path directory) throws Exception {
        over(Net.EPOLL, on -> {
            Path path = directory.resolve("socket");
            try (var listener = dev.matryoshka.socket.AsyncSocket.open(on.loop, java.net.StandardProtocolFamily.UNIX)) {
                listener.bind(UnixDomainSocketAddress.of(path));
                listener.listen(5);
                Task<?> serving = on.loop.createTask(() -> {
                    Tls.connectAcceptedSocket(
                            on.loop,
                            () -> server,
                            listener.accept(),
                            Certificates.server(),
                            dev.matryoshka.transport.ConnectOptions.defaults());
                });
                var made = Tls.createUnixConnection(
                        on.loop,
                        () -> client,
                        UnixDomainSocketAddress.of(path),
                        CLIENT,
                        dev.matryoshka.transport.ConnectOptions.defaults());
                serving.await();
                made.transport().write("over a path".getBytes());
                on.until("it arrives", () -> server.heard.text().equals("over a path"));
                made.transport().close();
                on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
                assertThat(server.heard.reason()).isNull();
            }
        });
    }

    @Test
    void aPlainEndDuringTheHandshakeIsAFailureOfIt() throws Exception {
        over(Net.MEMORY, on -> {
            server.keepOpen = true;
            Pair pair = Pair.open(on, client, server);
            Task<TlsTransport> upgrading =
                    on.loop.createTask(() -> Tls.startTls(pair.clientTransport(), client, CLIENT, TlsSide.CLIENT));
            on.until("the hello", () -> server.heard.count() > 0);
            pair.serverTransport().close();
            assertThatThrownBy(upgrading::await).isInstanceOf(IOException.class);
            on.until("lost", () -> client.heard.isLost() && server.heard.isLost());
            assertThat(client.heard.isEof()).isFalse();
        });
    }
}
