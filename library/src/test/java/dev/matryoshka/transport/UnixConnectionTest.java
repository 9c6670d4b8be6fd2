package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: all three dolls connect to Unix sockets, by file and by abstract name. Method: a listener of the inner doll. */
@Proves("create_unix_connection")
@ExtendWith(LeakCheck.class)
class UnixConnectionTest {
    @TempDir
    Path directory;

    @FunctionalInterface
    private interface Body {
        void run(TestLoop on, AsyncSocket listener) throws Exception;
    }

    private static void listening(Net net, SocketAddress address, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = AsyncSocket.open(on.loop, StandardProtocolFamily.UNIX)) {
                    listener.bind(address);
                    listener.listen();
                    body.run(on, listener);
                }
            });
        }
    }

    private Path path() {
        return directory.resolve("s");
    }

    private static SocketAddress abstractName() {
        return AbstractUnixAddress.of("matryoshka-" + UUID.randomUUID());
    }

    private static void assertEcho(AsyncSocket listener, Transport client, Recorder recorder, TestLoop on)
            throws Exception {
        try (AsyncSocket server = listener.accept()) {
            client.write("hello".getBytes(StandardCharsets.US_ASCII));
            server.sendAll(server.recv(5));
            on.until("the echo", () -> recorder.heard.count() == 5);
            client.abort();
        }
    }

    @Proves(ports = {"test_events.test_create_unix_connection", "test_unix_events.test_create_unix_connection_pathlib"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aProtocolByFile(Net net) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path());
        listening(net, address, (on, listener) -> {
            Connection<Recorder> made = on.loop.createUnixConnection(Recorder::new, path());
            assertThat(made.transport().remoteAddress()).isEqualTo(address);
            assertEcho(listener, made.transport(), made.protocol(), on);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void aProtocolByAbstractName(Net net) throws Exception {
        SocketAddress name = abstractName();
        listening(net, name, (on, listener) -> {
            Connection<Recorder> made = on.loop.createUnixConnection(Recorder::new, name, ConnectOptions.defaults());
            assertThat(made.transport().remoteAddress()).isEqualTo(name);
            assertEcho(listener, made.transport(), made.protocol(), on);
        });
    }

    @Proves("open_unix_connection")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void streamsByFile(Net net) throws Exception {
        listening(net, UnixDomainSocketAddress.of(path()), (on, listener) -> {
            try (StreamConnection streams = on.loop.openUnixConnection(path());
                    AsyncSocket server = listener.accept()) {
                server.sendAll("a line\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(streams.reader().readLine(StandardCharsets.US_ASCII)).isEqualTo("a line");
            }
        });
    }

    @Proves("open_unix_connection")
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void streamsByAbstractName(Net net) throws Exception {
        SocketAddress name = abstractName();
        listening(
                net,
                name,
                (on, listener) -> on.loop
                        .openUnixConnection(name, StreamOptions.defaults(), ConnectOptions.defaults())
                        .close());
    }

    @Proves(value = "sock_connect", ports = "test_sock_lowlevel.test_unix_sock_client_ops")
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void aSocketByAbstractName(Net net) throws Exception {
        SocketAddress name = abstractName();
        listening(net, name, (on, listener) -> {
            try (AsyncSocket client = AsyncSocket.open(on.loop, StandardProtocolFamily.UNIX)) {
                client.connect(name);
                assertThat(client.remoteAddress()).isEqualTo(name);
                try (AsyncSocket server = listener.accept()) {
                    client.sendAll(new byte[] {1, 2, 3});
                    assertThat(server.recvInto(ByteBuffer.allocate(9))).isEqualTo(3);
                }
            }
        });
    }

    @Test
    void aKernelWithoutAbstractNamesSaysSo() throws Exception {
        SocketAddress name = abstractName();
        try (TestLoop on = TestLoop.over(Net.NIO)) {
            on.run(() -> assertThatThrownBy(
                            () -> on.loop.createUnixConnection(Recorder::new, name, ConnectOptions.defaults()))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll("nio", name.toString()));
        }
    }

    @Proves(ports = "test_unix_events.test_create_unix_connection_pathlib")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFileThatIsNotThereIsNamed(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> assertThatThrownBy(() -> on.loop.createUnixConnection(Recorder::new, path()))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContainingAll(path().toString(), "ENOENT"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void socketOptionsAreSetAndNagleIsNotAskedFor(Net net) throws Exception {
        listening(net, UnixDomainSocketAddress.of(path()), (on, listener) -> {
            Transport transport = on.loop
                    .createUnixConnection(
                            Recorder::new,
                            UnixDomainSocketAddress.of(path()),
                            ConnectOptions.defaults().withSocketOption(StandardSocketOptions.SO_SNDBUF, 8192))
                    .transport();
            assertThat(transport.getOption(StandardSocketOptions.SO_SNDBUF)).isGreaterThanOrEqualTo(8192);
            transport.abort();
        });
    }

    @Test
    void whatIsOfTheInternetIsRefused() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                assertThatThrownBy(() -> on.loop.createUnixConnection(
                                Recorder::new, Peer.loopback(1), ConnectOptions.defaults()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("not a Unix address");
                for (ConnectOptions options : List.of(
                        ConnectOptions.defaults().withFamily(StandardProtocolFamily.INET),
                        ConnectOptions.defaults().withResolver(host -> new CompletableFuture<>()),
                        ConnectOptions.defaults().withLocalAddress(Peer.loopback(0)))) {
                    assertThatThrownBy(() -> on.loop.createUnixConnection(Recorder::new, abstractName(), options))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("Unix socket");
                }
            });
        }
    }

    /** af_unix.c answers EAGAIN, which asyncio takes for "on its way", and then for a connection. */
    @Test
    void aListenerWithAFullQueueIsARefusalAndNotAConnectionToNobody() throws Exception {
        SocketAddress name = abstractName();
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                NonBlockingSocket listener = on.kernel.openStream(StandardProtocolFamily.UNIX);
                listener.bind(name);
                listener.listen(1);
                List<Connection<Recorder>> queued = List.of(
                        on.loop.createUnixConnection(Recorder::new, name, ConnectOptions.defaults()),
                        on.loop.createUnixConnection(Recorder::new, name, ConnectOptions.defaults()));
                assertThatThrownBy(() -> on.loop.createUnixConnection(Recorder::new, name, ConnectOptions.defaults()))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContainingAll(name.toString(), "EAGAIN");
                queued.forEach(connection -> connection.transport().abort());
                listener.close();
            });
        }
    }
}
