package dev.matryoshka.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.RunningServer;
import dev.matryoshka.benchmarks.peer.Peer;
import dev.matryoshka.benchmarks.peer.PeerOptions;
import dev.matryoshka.cli.JavaCommand;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kind of load, against servers that answer as they should, and others. */
class LoadKindTest {
    private static LoadResult runOnEcho(LoadKind kind, String name, Object value) throws Exception {
        try (RunningServer server = RunningServer.start(Peer.NETTY_NIO, Mode.ECHO)) {
            return Loads.run(Loads.request(kind, server.port()).with(name, value));
        }
    }

    @Test
    void aBatchCountsAsItsRequests() throws Exception {
        LoadResult result = runOnEcho(LoadKind.ECHO, LoadRequest.DEPTH, 64);

        assertThat(result.requests()).isPositive().isEqualTo(result.latencies().getTotalCount());
        assertThat(result.requests() % 64).isZero();
    }

    @Test
    void churnCountsConnections() throws Exception {
        assertThat(runOnEcho(LoadKind.CHURN, LoadRequest.SIZE, 100).requests()).isPositive();
    }

    @Test
    void anOpenLoopAsksNoMoreThanIsDue() throws Exception {
        long began = System.nanoTime();
        LoadResult result = runOnEcho(LoadKind.OPEN, LoadRequest.RATE, 2000);

        double seconds = (System.nanoTime() - began) / 1e9;
        assertThat(result.latencies().getTotalCount()).isPositive().isLessThanOrEqualTo((long) (2000 * seconds) + 1);
    }

    @Test
    void anOpenLoopChargesAStalledServerForWhatWasDueMeanwhile() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            LoadRequest request = Loads.request(LoadKind.OPEN, server.getLocalPort())
                    .with(LoadRequest.RATE, 1000)
                    .lasting(Duration.ZERO, Duration.ofMillis(200));

            LoadResult result = LoadKind.OPEN.newLoad().run(request);

            assertThat(result.requests()).isZero();
            assertThat(result.micros(100))
                    .as("the first was due at the beginning")
                    .isGreaterThan(190_000);
        }
    }

    @Test
    void slowReadersDoNotStopTheOthers() throws Exception {
        try (RunningServer server = RunningServer.start(Peer.NETTY_NIO, Mode.ECHO)) {
            LoadRequest request = Loads.request(LoadKind.SLOW, server.port())
                    .with(LoadRequest.CONNECTIONS, 8)
                    .lasting(Duration.ofSeconds(1), Duration.ofMillis(300));

            assertThat(Loads.run(request).requests()).isPositive();
        }
    }

    @Test
    void idleConnectionsAreOpenedAndWeighed() throws Exception {
        Process server = new ProcessBuilder(JavaCommand.of(Main.class, List.of("peer", "netty-nio", "--until-eof")))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String line = server.inputReader().readLine();
            LoadRequest request = Loads.request(
                            LoadKind.IDLE, Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)))
                    .with(LoadRequest.IDLE, 200)
                    .lasting(Duration.ofMillis(500), Duration.ofMillis(500))
                    .with(LoadRequest.PID, server.pid());

            LoadResult result = Loads.run(request);

            assertThat(result.requests()).isPositive();
            assertThat(result.more()).containsEntry(IdleLoad.IDLE, 200.0);
            assertThat(result.more().get(IdleLoad.ALONE_REQUESTS)).isPositive();
            assertThat(result.more().get(IdleLoad.ALONE_CPU)).isPositive();
            assertThat(result.more().get(IdleLoad.HEAP)).isGreaterThan(200 * 100);
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void bulkCountsBytes() throws Exception {
        try (RunningServer server = RunningServer.start(Peer.NETTY_NIO, Mode.SOURCE)) {
            LoadResult result = Loads.run(Loads.request(LoadKind.BULK, server.port()));

            assertThat(result.more().get(LoadResult.BYTES)).isGreaterThanOrEqualTo(result.requests() * 65536.0);
        }
    }

    @Test
    void overTlsItEchoesAndShakesHands() throws Exception {
        X509Bundle bundle = new CertificateBuilder()
                .subject("CN=localhost")
                .setIsCertificateAuthority(true)
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .buildSelfSigned();
        PeerOptions options = new PeerOptions(
                Mode.ECHO,
                RunningServer.loopback(),
                bundle.toTempCertChainPem().toPath(),
                bundle.toTempPrivateKeyPem().toPath());
        try (RunningServer server = RunningServer.start(Peer.NETTY_NIO, options)) {
            LoadRequest handshake = Loads.request(LoadKind.TLS_HANDSHAKE, server.port())
                    .lasting(Duration.ofMillis(500), Duration.ofMillis(500));

            assertThat(Loads.run(Loads.request(LoadKind.ECHO, server.port())
                                    .with(LoadRequest.TLS, true)
                                    .with(LoadRequest.SIZE, 20_000)
                                    .lasting(Duration.ofMillis(300), Duration.ofMillis(300)))
                            .requests())
                    .isPositive();
            LoadResult full = Loads.run(handshake, 50);
            assertThat(full.requests()).isPositive();
            assertThat(full.more().get(TlsHandshakeLoad.FULL)).isGreaterThanOrEqualTo(full.requests());
            LoadResult resumed = Loads.run(handshake.with(LoadRequest.RESUME, true), 50);
            assertThat(resumed.requests()).isPositive();
            assertThat(resumed.more().get(TlsHandshakeLoad.FULL))
                    .as("the first four have nothing to resume")
                    .isLessThanOrEqualTo(4 + resumed.requests() / 2.0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nobodyThereIsToldInOneLine(LoadKind kind) throws Exception {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (SocketChannel silent = SocketChannel.open().bind(new InetSocketAddress(here, 0)); // and not listening
                DatagramSocket deaf = new DatagramSocket(0, here)) {
            deaf.connect(here, 9); // it keeps the port, and takes nothing from others
            int port =
                    kind == LoadKind.UDP ? deaf.getLocalPort() : silent.socket().getLocalPort();
            assertThatThrownBy(() -> Loads.run(Loads.request(kind, port).lasting(Duration.ZERO, Duration.ofSeconds(2))))
                    .isInstanceOf(IOException.class)
                    .message()
                    .contains(String.valueOf(port))
                    .doesNotContain("\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo", "bulk", "churn", "two-write", "tls-handshake"})
    void aServerThatDoesNotAnswerIsTold(String kind) throws Exception {
        List<Socket> accepted = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> acceptAll(server, accepted));
            LoadRequest request = Loads.request(LoadKind.of(kind), server.getLocalPort())
                    .with(LoadRequest.STALLED, 100)
                    .lasting(Duration.ZERO, Duration.ofSeconds(5));

            assertThatThrownBy(() -> Loads.run(request))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the server has stopped answering");
        }
    }

    private static void acceptAll(ServerSocket server, List<Socket> accepted) {
        try {
            while (true) {
                accepted.add(server.accept()); // and nothing else
            }
        } catch (IOException closed) {
            // the test is over
        }
    }
}
