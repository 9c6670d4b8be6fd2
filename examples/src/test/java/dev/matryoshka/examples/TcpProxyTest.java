package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
    private ServerSocket upstream;
    private RunningMain proxy;

    @BeforeEach
    void open() throws Exception {
        upstream = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        upstream.setSoTimeout(20_000);
        proxy = RunningMain.start(TcpProxy::main, String.valueOf(upstream.getLocalPort()));
        upstream.accept().close(); // the connection by which it was seen that the proxy is there
    }

    @AfterEach
    void close() throws Exception {
        proxy.close();
        upstream.close();
    }

    private Socket acceptUpstream() throws IOException {
        Socket accepted = upstream.accept();
        accepted.setSoTimeout(20_000);
        return accepted;
    }

    @Tag("S-56")
    @Tag("S-57")
    @Test
    void theEndOfOneDirectionIsPassedOnAndTheOtherGoesOn() throws Exception {
        try (Socket client = proxy.connect();
                Socket server = acceptUpstream()) {
            client.getOutputStream().write("question".getBytes(UTF_8));
            client.shutdownOutput();
            assertThat(server.getInputStream().readAllBytes()).isEqualTo("question".getBytes(UTF_8));

            server.getOutputStream().write("answer".getBytes(UTF_8));
            server.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).isEqualTo("answer".getBytes(UTF_8));
        }
    }

    @Test
    void muchGoesThroughUnchanged() throws Exception {
        byte[] much = new byte[5_000_000];
        new Random(5).nextBytes(much);
        try (Socket client = proxy.connect();
                Socket server = acceptUpstream()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    server.getOutputStream().write(much);
                    server.shutdownOutput();
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            });
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(much);
            sender.join();
        }
    }

    @Test
    void whoDoesNotReadStopsWhoSends() throws Exception {
        try (SocketChannel client =
                        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
                Socket server = acceptUpstream();
                Selector selector = Selector.open()) {
            client.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
            client.configureBlocking(false).register(selector, SelectionKey.OP_WRITE);
            ByteBuffer bytes = ByteBuffer.allocateDirect(256 * 1024);
            long own = 2 * 64 * 1024; // Linux doubles it; until more is sent, the proxy may not have begun to read
            long sent = 0;
            while ((selector.select(key -> {}, 700) > 0 || sent <= own) && sent < 64L * 1024 * 1024) {
                sent += client.write(bytes.clear());
            }
            assertThat(sent).as("what the sockets between take").isLessThan(64L * 1024 * 1024);
            client.shutdownOutput();

            assertThat(server.getInputStream().transferTo(OutputStream.nullOutputStream()))
                    .isEqualTo(sent);
        }
    }

    @Test
    void aResetOfOneSideEndsTheOther() throws Exception {
        try (Socket client = proxy.connect();
                Socket server = acceptUpstream()) {
            client.getOutputStream().write('x');
            assertThat(server.getInputStream().read()).isEqualTo('x');
            server.setSoLinger(true, 0);
            server.close();

            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }
}
