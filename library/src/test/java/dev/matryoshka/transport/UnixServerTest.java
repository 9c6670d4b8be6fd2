package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: servers on Unix sockets are servers as others, and leave the file system as they should. Method: every kernel for what a
 * connection does, the real ones for files; asyncio's rows of test_unix_events and test_server.
 */
@ExtendWith(LeakCheck.class)
@Proves("create_unix_server")
class UnixServerTest {
    private static final ServerOptions DEFAULTS = ServerOptions.defaults();

    @TempDir
    Path directory;

    private final List<Recorder> ends = new ArrayList<>();

    private Recorder end() {
        Recorder end = new Recorder();
        end.atData = data -> end.transport().write(data);
        ends.add(end);
        return end;
    }

    private Path path() {
        return directory.resolve("socket");
    }

    private SocketAddress address() {
        return UnixDomainSocketAddress.of(path());
    }

    private static AsyncSocket connect(TestLoop on, SocketAddress address) throws Exception {
        AsyncSocket socket = on.loop.openSocket(StandardProtocolFamily.UNIX);
        socket.connect(address);
        return socket;
    }

    private static void assertEchoes(TestLoop on, SocketAddress address) throws Exception {
        try (AsyncSocket socket = connect(on, address)) {
            socket.sendAll("ping".getBytes(US_ASCII));
            assertThat(socket.recv(100)).asString().isEqualTo("ping");
        }
    }

    private static void end(Server server) throws InterruptedException {
        server.close();
        server.abortClients();
        server.waitClosed();
    }

    // ---- serving --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            ports = {
                "test_events.test_create_unix_server",
                "test_unix_events.test_create_unix_server_pathlib",
                "test_server.test_unix_server_addr_cleanup"
            })
    void aPathIsServedAndItsFileGoesWithTheServer(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createUnixServer(this::end, path());
                assertThat(server.addresses()).containsExactly(address());
                assertThat(server.port()).isZero();
                assertThat(Files.exists(path())).isEqualTo(!net.isMemory());
                assertEchoes(on, address());
                server.close();
                assertThat(path()).doesNotExist();
                server.abortClients();
                server.waitClosed();
                on.passes(2);
                Server again = on.loop.createUnixServer(this::end, path());
                assertEchoes(on, address());
                end(again);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void theFileGoesWithTheLoopAlsoOfAServerThatNeverServed(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                on.loop.createUnixServer(this::end, address(), DEFAULTS.withStartServing(false));
                assertThat(path()).exists();
            });
        }
        assertThat(path()).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void anAbstractNameIsServedWithoutAFile(Net net) throws Exception {
        SocketAddress name = AbstractUnixAddress.of("matryoshka-" + System.nanoTime() + directory.getFileName());
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createUnixServer(this::end, name, DEFAULTS);
                assertThat(server.addresses()).containsExactly(name);
                assertEchoes(on, name);
                assertThatThrownBy(() -> on.loop.createUnixServer(this::end, name, DEFAULTS))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining(name.toString())
                        .hasMessageContaining("EADDRINUSE");
                end(server);
            });
        }
    }

    @Test
    void abstractNamesOnNioAreRefusedByName() throws Exception {
        try (TestLoop on = TestLoop.over(Net.NIO)) {
            on.run(() -> assertThatThrownBy(
                            () -> on.loop.createUnixServer(this::end, AbstractUnixAddress.of("name"), DEFAULTS))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("nio")
                    .hasMessageContaining("@name"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            value = "start_unix_server",
            ports = {"test_server.test_start_unix_server_1", "test_streams.test_start_unix_server"})
    void streamsServeFromStartServingToACancel(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.startUnixServer(
                        (reader, writer) -> writer.write(reader.readLine()),
                        address(),
                        StreamOptions.defaults(),
                        DEFAULTS.withStartServing(false));
                assertThat(server.isServing()).isFalse();
                Task<?> serving = on.loop.createTask(server::serveForever);
                on.until("it serves", server::isServing);
                try (AsyncSocket socket = connect(on, address())) {
                    socket.sendAll("hello\n".getBytes(US_ASCII));
                    assertThat(socket.recv(100)).asString().isEqualTo("hello\n");
                    assertThat(socket.recv(100)).as("its handler has returned").isEmpty();
                }
                serving.cancel();
                assertThatThrownBy(serving::get).isInstanceOf(CancellationException.class);
                assertThat(server.addresses()).isEmpty();
                assertThat(path()).doesNotExist();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves("peer_credentials")
    void bothDollsTellWhoThePeerIs(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createUnixServer(this::end, path());
                AsyncSocket socket = connect(on, address());
                on.until(
                        "it is served",
                        () -> !ends.isEmpty() && ends.getFirst().heard.isMade());
                PeerCredentials client = ends.getFirst().transport().peerCredentials();
                assertThat(client).isEqualTo(socket.peerCredentials());
                assertThat(client.pid()).isIn(PeerCredentials.UNKNOWN, (int)
                        ProcessHandle.current().pid());
                assertThat(client.uid() != PeerCredentials.UNKNOWN || client.user() != null)
                        .isTrue();
                socket.close();
                end(server);
                assertThatThrownBy(() -> ends.getFirst().transport().peerCredentials())
                        .isInstanceOf(java.nio.channels.ClosedChannelException.class);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aTcpConnectionHasNoPeerCredentials(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(this::end, "127.0.0.1", 0);
                Transport client = on.loop
                        .createConnection(Recorder::new, "127.0.0.1", server.port())
                        .transport();
                assertThatThrownBy(client::peerCredentials).isInstanceOf(UnsupportedOperationException.class);
                client.abort();
                end(server);
            });
        }
    }

    // ---- what is there already ------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_unix_events.test_create_unix_server_existing_path_sock")
    void aStaleSocketIsReplacedUnlessItIsToStay(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                end(on.loop.createUnixServer(this::end, address(), DEFAULTS.withRemoveOnClose(false)));
                on.passes(2);
                assertThat(path()).as("left behind").exists();
                assertThatThrownBy(
                                () -> on.loop.createUnixServer(this::end, address(), DEFAULTS.withReplaceStale(false)))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining(path().toString())
                        .hasMessageContaining("EADDRINUSE");
                Server server = on.loop.createUnixServer(this::end, path());
                assertEchoes(on, address());
                end(server);
                assertThat(path()).doesNotExist();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_events.test_create_unix_server_path_socket_error")
    void aServerThatAnswersIsNeverRobbedOfItsPath(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server first = on.loop.createUnixServer(this::end, path());
                assertThatThrownBy(() -> on.loop.createUnixServer(this::end, path()))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("EADDRINUSE");
                assertThat(path()).exists();
                assertEchoes(on, address());
                end(first);
            });
        }
    }

    @Test
    void aServerThatHasNoTimeToAnswerIsNotDeserted() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Server busy = on.loop.createUnixServer(this::end, address(), DEFAULTS.withBacklog(1));
                busy.pauseAccepting();
                List<AsyncSocket> waiting = new ArrayList<>(); // Linux queues one more than asked
                for (int i = 0; i < 2; i++) {
                    waiting.add(connect(on, address()));
                }
                assertThatThrownBy(() -> on.loop.createUnixServer(this::end, path()))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("EADDRINUSE");
                assertThat(path()).exists();
                waiting.forEach(AsyncSocket::close);
                end(busy);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_unix_events.test_create_unix_server_existing_path_nonsock")
    void aFileOfAnotherKindStaysAsItIs(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Files.writeString(path(), "somebody's work");
                assertThatThrownBy(() -> on.loop.createUnixServer(this::end, path()))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining(path().toString())
                        .hasMessageContaining("EADDRINUSE");
                assertThat(path()).hasContent("somebody's work");
                Path link = Files.createSymbolicLink(directory.resolve("link"), path());
                assertThatThrownBy(() -> on.loop.createUnixServer(this::end, link))
                        .isInstanceOf(BindException.class);
                assertThat(link).isSymbolicLink();
            });
        }
    }

    // ---- what is left ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(
            ports = {
                "test_server.test_unix_server_cleanup_gone",
                "test_server.test_unix_server_cleanup_replaced",
                "test_server.test_unix_server_cleanup_prevented"
            })
    void closeRemovesOnlyTheFileThatIsStillItsOwn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server gone = on.loop.createUnixServer(this::end, path());
                Files.delete(path());
                end(gone);

                Server replaced = on.loop.createUnixServer(this::end, path());
                Files.move(path(), directory.resolve("moved"));
                Server successor = on.loop.createUnixServer(this::end, path());
                end(replaced);
                assertThat(path()).as("the successor's").exists();
                assertEchoes(on, address());
                end(successor);

                end(on.loop.createUnixServer(this::end, address(), DEFAULTS.withRemoveOnClose(false)));
                assertThat(path()).exists();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_server.test_unix_server_sock_cleanup")
    void theFileOfASocketThatWasTakenOverGoesToo(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket socket = on.loop.openSocket(StandardProtocolFamily.UNIX);
                socket.bind(address());
                Server server = on.loop.createServer(this::end, socket, DEFAULTS);
                assertEchoes(on, address());
                end(server);
                assertThat(path()).doesNotExist();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aLoopThatIsClosedUnderTheServerLeavesNoFile(Net net) throws Exception {
        try (TestLoop on = TestLoop.leaving(net.provider())) {
            on.run(() -> on.loop.createUnixServer(this::end, path()));
            assertThat(path()).exists();
        }
        assertThat(path()).doesNotExist();
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void thePermissionsAreTheWantedOnes(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (String wanted : List.of("rwx------", "rw-rw-rw-")) {
                    Server server = on.loop.createUnixServer(
                            this::end, address(), DEFAULTS.withPermissions(PosixFilePermissions.fromString(wanted)));
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                            .isEqualTo(wanted);
                    end(server);
                }
            });
        }
    }

    // ---- what cannot be bound -------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(ports = "test_unix_events.test_create_unix_server_bind_error")
    void aPathThatCannotBeBoundIsToldWithTheReason(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Path deep = directory.resolve("no").resolve("such");
                assertThatThrownBy(() -> on.loop.createUnixServer(this::end, deep))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining(deep.toString())
                        .hasMessageContaining("ENOENT");
                Path endless = directory.resolve("x".repeat(200));
                assertThatThrownBy(() -> on.loop.createUnixServer(this::end, endless))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("107 bytes at most")
                        .hasMessageContaining("this one " + endless.toString().length())
                        .hasMessageContaining(endless.toString());
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            ports = {
                "test_unix_events.test_create_unix_server_nopath_nosock",
                "test_unix_events.test_create_unix_server_path_inetsock"
            })
    void whatIsNoUnixNameIsRefused(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (SocketAddress wrong :
                        List.of(new InetSocketAddress("127.0.0.1", 80), UnixDomainSocketAddress.of(""))) {
                    assertThatThrownBy(() -> on.loop.createUnixServer(this::end, wrong, DEFAULTS))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("not the name of a Unix socket");
                }
            });
        }
    }
}
