package dev.matryoshka.benchmarks.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.RunningServer;
import dev.matryoshka.benchmarks.load.LoadRequest;
import dev.matryoshka.benchmarks.load.Loads;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NettyServerTest {
    private static final Set<Peer> NETTY = EnumSet.of(Peer.NETTY_EPOLL, Peer.NETTY_IO_URING, Peer.NETTY_NIO);

    static Stream<Arguments> modes() {
        return NETTY.stream().flatMap(peer -> Stream.of(Mode.values()).map(mode -> Arguments.of(peer, mode)));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void nettyAnswersInEachModeAsItShould(Peer peer, Mode mode) throws Exception {
        try (RunningServer server = RunningServer.start(peer, mode)) {
            assertThat(Loads.run(Loads.request(mode, server.port())).requests()).isPositive();
        }
    }

    @ParameterizedTest
    @MethodSource("netty")
    void nettyEchoesOnUnixSockets(Peer peer, @TempDir Path folder) throws Exception {
        Path path = folder.resolve("socket");
        PeerOptions options = PeerOptions.plain(Mode.ECHO, UnixDomainSocketAddress.of(path));
        try (RunningServer server = RunningServer.start(peer, options)) {
            LoadRequest request = Loads.request(Mode.ECHO, server.port()).with(LoadRequest.UNIX, path);
            assertThat(Loads.run(request).requests()).isPositive();
        }
    }

    /** Again and again: what a loop does when it is told to end depends on where it is. */
    @ParameterizedTest
    @MethodSource("netty")
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nettyEndsWhileAClientReadsOn(Peer peer) throws Exception {
        for (int i = 0; i < 10; i++) {
            RunningServer server = RunningServer.start(peer, Mode.SOURCE);
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                client.setSoTimeout(20_000);
                client.getInputStream().skipNBytes(4_000_000);
                Thread closer = Thread.ofPlatform().start(() -> close(server));
                assertThat(atEnd(client)).isTrue();
                closer.join();
            }
            server.close(); // a second time, and it must have ended
        }
    }

    private static void close(RunningServer server) {
        try {
            server.close();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    /** Reads until the server closes, or resets, the connection; not if it has nothing to say any more. */
    private static boolean atEnd(Socket client) throws IOException {
        try {
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
            return true;
        } catch (SocketTimeoutException silent) {
            return false;
        } catch (SocketException reset) {
            return true;
        }
    }

    static Set<Peer> netty() {
        return NETTY;
    }

    @Test
    void theJdkAloneOnlyEchoes() {
        assertThatThrownBy(() -> Peer.NIO_SELECTOR.open(PeerOptions.plain(Mode.FILE, RunningServer.loopback())))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("no file");
    }
}
