package dev.matryoshka.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadGeneratorTest {
    private static LoadRequest request(int port, int sizeBytes) {
        return new LoadRequest(
                port,
                4,
                sizeBytes,
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                ProcessHandle.current().pid());
    }

    @ParameterizedTest
    @EnumSource(Peer.class)
    void thePeersEchoAndAreMeasured(Peer peer) throws Exception {
        try (PeerServer server = peer.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            Thread thread = new Thread(() -> serve(server));
            thread.start();
            for (int size : new int[] {1, 1000, 100_000, 2_000_000}) {
                LoadResult result = LoadGenerator.run(request(server.port(), size));

                assertThat(result.requests())
                        .isPositive()
                        .isEqualTo(result.latencies().getTotalCount());
                assertThat(result.nanos()).isGreaterThanOrEqualTo(200_000_000);
                assertThat(result.cpuNanos()).isPositive();
                assertThat(result.micros(99))
                        .isGreaterThanOrEqualTo(result.micros(50))
                        .isPositive();
            }
            server.close();
            thread.join();
        }
    }

    private static void serve(PeerServer server) {
        try {
            server.serve();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Test
    void anEchoOfSomethingElseIsNoEcho() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(server, "not what you have sent"));

            assertThatThrownBy(() -> LoadGenerator.run(new LoadRequest(
                            server.getLocalPort(), 1, 22, Duration.ofMillis(50), Duration.ofMillis(50), 0)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("something else");
        }
    }

    @Test
    void aServerThatClosesIsAFailure() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(server, ""));

            assertThatThrownBy(() -> LoadGenerator.run(new LoadRequest(
                            server.getLocalPort(), 1, 22, Duration.ofMillis(50), Duration.ofSeconds(2), 0)))
                    .isInstanceOf(IOException.class);
        }
    }

    private static void answer(ServerSocket server, String text) {
        try (Socket socket = server.accept()) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            in.readNBytes(22); // all of it: what is left unread would make the close a reset
            out.write(text.getBytes(StandardCharsets.US_ASCII));
            if (!text.isEmpty()) {
                in.read();
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Test
    void requestsAndResultsTravelAsLines() {
        LoadRequest request = request(1234, 17);
        assertThat(LoadRequest.parse(request.toLine())).isEqualTo(request);
        assertThatThrownBy(() -> LoadRequest.parse("1 2 3")).isInstanceOf(IllegalArgumentException.class);

        LoadResult result = LoadResult.none();
        LoadResult.record(result.latencies(), 1_000);
        LoadResult.record(result.latencies(), Long.MAX_VALUE);
        result = new LoadResult(2, 5, 7, result.latencies());
        assertThat(LoadResult.parse(result.toLine())).isEqualTo(result);
        assertThatThrownBy(() -> LoadResult.parse("oops")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void resultsOfRoundsAddUp() {
        LoadResult one = new LoadResult(10, 1_000_000_000L, 500, LoadResult.newHistogram());
        LoadResult.record(one.latencies(), 1_000);
        LoadResult two = new LoadResult(30, 1_000_000_000L, 1500, LoadResult.newHistogram());
        LoadResult.record(two.latencies(), 9_000);

        LoadResult both = one.plus(two);

        assertThat(both.requestsPerSecond()).isEqualTo(20);
        assertThat(both.cpuMicrosPerRequest()).isEqualTo(0.05);
        assertThat(both.latencies().getTotalCount()).isEqualTo(2);
        assertThat(one.latencies().getTotalCount()).isEqualTo(1);
    }
}
