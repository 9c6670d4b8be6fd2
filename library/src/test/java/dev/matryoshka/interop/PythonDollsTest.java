package dev.matryoshka.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.interop.Conversation.Answerer;
import dev.matryoshka.interop.Conversation.Caller;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamHandler;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: whichever doll is used, asyncio at the other end sees the same bytes, the same half-close and the same end. Method: one
 * {@link Conversation} between each doll and Python's streams as client, Python's protocols as server.
 */
@ExtendWith(LeakCheck.class)
@Proves({"S-2", "S-5"})
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PythonDollsTest {
    private static final String HOST = "127.0.0.1";

    enum Doll {
        STREAM,
        PROTOCOL,
        SOCKET
    }

    @TempDir
    Path directory;

    private Path authority;
    private Path localhost;
    private Path socketFile;

    /** What the server side leaves to close and to await. */
    private final List<Action> endings = new ArrayList<>();

    @BeforeEach
    void writeFiles() {
        authority = Certificates.certificatePem(directory, "ca.pem", Certificates.AUTHORITY);
        localhost = Certificates.pem(directory, "localhost.pem", Certificates.LOCALHOST);
        socketFile = directory.resolve("s");
    }

    static Stream<Arguments> netsAndDolls() {
        return Net.real().flatMap(net -> Stream.of(Doll.values()).map(doll -> Arguments.of(net, doll)));
    }

    // ---- it calls -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("netsAndDolls")
    @Proves({"start_server", "start_unix_server", "create_server", "create_unix_server", "sock_accept", "S-45"})
    void itsStreamsCallOurDolls(Net net, Doll doll) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                List<String> where = serve(on, doll);
                try (Program python = Program.python("conversation.py", "client", where)) {
                    String said = python.awaitEnd(on);
                    assertThat(said.lines())
                            .containsExactlyInAnyOrderElementsOf(where.stream()
                                    .map(place -> place.substring(0, place.indexOf(':')) + " same")
                                    .toList());
                    assertThat(python.exitCode()).isZero();
                }
                for (Action ending : endings) {
                    ending.run();
                }
            });
        }
    }

    private List<String> serve(TestLoop on, Doll doll) throws IOException {
        return switch (doll) {
            case STREAM -> {
                StreamHandler handler = (reader, writer) -> Dolls.answer(new Dolls.Streams(reader, writer));
                yield places(
                        on.loop.startServer(handler, HOST, 0),
                        on.loop.startUnixServer(handler, socketFile),
                        on.loop.startServer(handler, HOST, 0, Certificates.server()));
            }
            case PROTOCOL -> {
                Supplier<Dolls.Talker> factory = () -> new Dolls.Talker(new Answerer());
                yield places(
                        on.loop.createServer(factory, HOST, 0),
                        on.loop.createUnixServer(factory, socketFile),
                        on.loop.createServer(factory, HOST, 0, Certificates.server()));
            }
            case SOCKET -> {
                AsyncSocket tcp = acceptOne(on, StandardProtocolFamily.INET, new InetSocketAddress(HOST, 0));
                acceptOne(on, StandardProtocolFamily.UNIX, UnixDomainSocketAddress.of(socketFile));
                yield List.of("tcp:" + ((InetSocketAddress) tcp.localAddress()).getPort(), "unix:" + socketFile);
            }
        };
    }

    private List<String> places(Server tcp, Server unix, Server tls) {
        for (Server server : List.of(tcp, unix, tls)) {
            endings.add(() -> {
                server.close();
                server.waitClosed();
            });
        }
        return List.of("tcp:" + tcp.port(), "unix:" + socketFile, "tls:" + tls.port() + ":" + authority);
    }

    private AsyncSocket acceptOne(TestLoop on, StandardProtocolFamily family, SocketAddress address)
            throws IOException {
        AsyncSocket listening = on.loop.openSocket(family);
        listening.bind(address);
        listening.listen();
        Task<?> serving = on.loop.createTask("the one connection", () -> {
            try (listening;
                    AsyncSocket accepted = listening.accept()) {
                Dolls.answer(new Dolls.Plain(accepted));
            }
        });
        endings.add(serving::await);
        return listening;
    }

    // ---- it answers -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("netsAndDolls")
    @Proves({
        "open_connection",
        "open_unix_connection",
        "create_connection",
        "create_unix_connection",
        "sock_connect",
        "S-30"
    })
    void ourDollsCallItsProtocols(Net net, Doll doll) throws Exception {
        withItsServer(net, (on, tcp, tls) -> {
            switch (doll) {
                case STREAM -> {
                    callAndClose(on, on.loop.openConnection(HOST, tcp), true);
                    callAndClose(on, on.loop.openUnixConnection(socketFile), true);
                    callAndClose(on, on.loop.openConnection(HOST, tls, Certificates.client()), false);
                }
                case PROTOCOL -> {
                    Caller first = new Caller(true);
                    awaitEnd(on, first, on.loop.createConnection(() -> new Dolls.Talker(first), HOST, tcp));
                    Caller second = new Caller(true);
                    awaitEnd(on, second, on.loop.createUnixConnection(() -> new Dolls.Talker(second), socketFile));
                    Caller third = new Caller(false);
                    awaitEnd(
                            on,
                            third,
                            on.loop.createConnection(() -> new Dolls.Talker(third), HOST, tls, Certificates.client()));
                }
                case SOCKET -> {
                    callAndClose(on, StandardProtocolFamily.INET, new InetSocketAddress(HOST, tcp));
                    callAndClose(on, StandardProtocolFamily.UNIX, UnixDomainSocketAddress.of(socketFile));
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO"})
    @Proves("S-41")
    void smallMessagesGoBothWaysWithAndWithoutNagle(Net net) throws Exception {
        withItsServer(net, (on, tcp, tls) -> {
            for (boolean noDelay : new boolean[] {true, false}) {
                Caller caller = new Caller(true);
                ConnectOptions options = ConnectOptions.defaults().withNoDelay(noDelay);
                Connection<Dolls.Talker> connection =
                        on.loop.createConnection(() -> new Dolls.Talker(caller), HOST, tcp, options);
                assertThat(connection.transport().getOption(StandardSocketOptions.TCP_NODELAY))
                        .isEqualTo(noDelay);
                awaitEnd(on, caller, connection);
            }
        });
    }

    private interface ServedBody {
        void run(TestLoop on, int tcp, int tls) throws Exception;
    }

    private void withItsServer(Net net, ServedBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                List<String> arguments = List.of(socketFile.toString(), localhost.toString());
                try (Program python = Program.python("conversation.py", "server", arguments)) {
                    int[] ports = python.awaitPorts(on);
                    body.run(on, ports[0], ports[1]);
                }
            });
        }
    }

    private static void callAndClose(TestLoop on, StreamConnection connection, boolean half) throws Exception {
        try (connection) {
            Dolls.call(on, new Dolls.Streams(connection.reader(), connection.writer()), half);
        }
        connection.writer().waitClosed();
    }

    private static void callAndClose(TestLoop on, StandardProtocolFamily family, SocketAddress address)
            throws Exception {
        try (AsyncSocket socket = on.loop.openSocket(family)) {
            socket.connect(address);
            Dolls.call(on, new Dolls.Plain(socket), true);
        }
    }

    private static void awaitEnd(TestLoop on, Caller caller, Connection<Dolls.Talker> connection) throws Exception {
        on.until("the connection is lost", connection.protocol()::isLost);
        caller.assertComplete();
    }
}
