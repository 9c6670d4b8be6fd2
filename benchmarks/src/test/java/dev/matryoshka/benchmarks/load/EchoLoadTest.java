package dev.matryoshka.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.benchmarks.peer.Peer;
import dev.matryoshka.benchmarks.peer.PeerOptions;
import dev.matryoshka.benchmarks.peer.PeerServer;
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
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The closed loop, against every peer, and against servers that do not echo. */
class EchoLoadTest {
    private static LoadRequest request(int port, int sizeBytes) {
        return LoadRequest.of(LoadKind.ECHO)
                .with(LoadRequest.PORT, port)
                .with(LoadRequest.CONNECTIONS, 4)
                .with(LoadRequest.SIZE, sizeBytes)
                .with(LoadRequest.PID, ProcessHandle.current().pid())
                .lasting(Duration.ofMillis(50), Duration.ofMillis(200));
    }

    @ParameterizedTest
    @EnumSource(Peer.class)
    void thePeersEchoAndAreMeasured(Peer peer) throws Exception {
        try (PeerServer server = open(peer)) {
            Thread thread = new Thread(() -> serve(server));
            thread.start();
            for (int size : new int[] {1, 1000, 100_000, 2_000_000}) {
                LoadResult result = Loads.run(request(server.port(), size));

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

    private static PeerServer open(Peer peer) throws IOException {
        try {
            return peer.open(PeerOptions.plain(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        } catch (UnsupportedOperationException elsewhere) {
            return Assumptions.abort(elsewhere.getMessage());
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

            assertThatThrownBy(() -> run(server))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("something else");
        }
    }

    @Test
    void aServerThatClosesIsAFailure() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(server, ""));

            assertThatThrownBy(() -> run(server)).isInstanceOf(IOException.class);
        }
    }

    private static LoadResult run(ServerSocket server) throws IOException {
        LoadRequest request = request(server.getLocalPort(), 22).with(LoadRequest.CONNECTIONS, 1);
        return LoadKind.ECHO.newLoad().run(request.lasting(Duration.ofMillis(50), Duration.ofSeconds(2)));
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
}
