package dev.matryoshka.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamHandler;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.DatagramEndpoint;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the tools that network people reach for see what they expect of us. Method: socat and ncat as clients that send a file,
 * end their output and want it back; and as servers that echo. ncat does not tell the port that the system gave it, so it serves
 * on a path.
 */
@ExtendWith(LeakCheck.class)
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NetcatTest {
    private static final String HOST = "127.0.0.1";

    /** In letters, because standard output and error of a program are collected together. */
    private static final String TEXT = HexFormat.of().formatHex(Bytes.numbered(150_000));

    /**
     * ncat reads nothing while it writes to its program, and stands still for ever with more than a pipe holds; and it drops what
     * its program still has to say when it hears our end.
     */
    private static final int NCAT_CHARS = 20_000;

    private static final Pattern LISTENING = Pattern.compile("listening on (?:UDP )?AF=2 127\\.0\\.0\\.1:(\\d+)");

    private static final StreamHandler ECHO = (reader, writer) -> {
        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
            writer.write(data);
        }
    };

    @TempDir
    Path directory;

    private Path input;
    private Path socketFile;

    @BeforeEach
    void writeInput() throws IOException {
        input = Files.writeString(directory.resolve("input"), TEXT);
        socketFile = directory.resolve("s");
    }

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    private static void over(Net net, TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> body.run(on));
        }
    }

    // ---- they call ------------------------------------------------------------------------------------------------

    private void assertEchoed(TestLoop on, String... command) throws Exception {
        try (Program program = Program.start(List.of(command), input)) {
            assertThat(program.awaitEnd(on)).isEqualTo(TEXT);
            assertThat(program.exitCode()).isZero();
        }
    }

    private static void close(Server server) throws InterruptedException {
        server.close();
        server.waitClosed();
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves("start_server")
    void socatAndNcatSendAFileToOurServerAndGetItBack(Net net) throws Exception {
        over(net, on -> {
            Server server = on.loop.startServer(ECHO, HOST, 0);
            assertEchoed(on, "socat", "-t", "20", "-", "TCP:" + HOST + ":" + server.port());
            assertEchoed(on, "ncat", HOST, String.valueOf(server.port()));
            close(server);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves("start_unix_server")
    void socatAndNcatDoSoOverAUnixSocket(Net net) throws Exception {
        over(net, on -> {
            Server server = on.loop.startUnixServer(ECHO, socketFile);
            assertEchoed(on, "socat", "-t", "20", "-", "UNIX-CONNECT:" + socketFile);
            assertEchoed(on, "ncat", "-U", socketFile.toString());
            close(server);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves("create_datagram_endpoint")
    void socatAndNcatSendDatagramsToOurEndpoint(Net net) throws Exception {
        over(net, on -> {
            DatagramEndpoint<HeardDatagrams.Echo> ours = on.loop.createDatagramEndpoint(
                    HeardDatagrams.Echo::new, DatagramOptions.defaults().withLocal(HOST, 0));
            String port = String.valueOf(((InetSocketAddress) ours.transport().localAddress()).getPort());
            for (List<String> command :
                    List.of(List.of("socat", "-", "UDP:" + HOST + ":" + port), List.of("ncat", "-u", HOST, port))) {
                try (Program program = Program.start(command)) {
                    for (int i = 0; i < 10; i++) {
                        program.send("line " + i + "\n");
                        program.awaitOutput(on, "line " + i + "\n");
                    }
                }
            }
            assertThat(ours.protocol().received()).isEqualTo(20);
            ours.transport().close();
            on.until("it is lost", ours.protocol()::isLost);
        });
    }

    // ---- they serve -----------------------------------------------------------------------------------------------

    private static Program socat(TestLoop on, String address) throws InterruptedException {
        Program socat = Program.start(List.of("socat", "-d", "-d", address, "PIPE"));
        socat.awaitOutput(on, "ing on ");
        socat.awaitOutput(on, "\n");
        return socat;
    }

    private static int port(TestLoop on, Program socat) throws InterruptedException {
        on.until(
                "it has told its port: " + socat.output(),
                () -> LISTENING.matcher(socat.output()).find());
        Matcher matcher = LISTENING.matcher(socat.output());
        assertThat(matcher.find()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static void assertEchoes(TestLoop on, StreamConnection connection) throws Exception {
        try (connection) {
            Task<?> writing = on.loop.createTask(() -> {
                connection.writer().write(TEXT, US_ASCII);
                connection.writer().writeEof();
            });
            assertThat(connection.reader().readExactly(TEXT.length()))
                    .asString(US_ASCII)
                    .isEqualTo(TEXT);
            assertThat(connection.reader().read().hasRemaining())
                    .as("more than that")
                    .isFalse();
            writing.await();
        }
        connection.writer().waitClosed();
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves({"open_connection", "open_unix_connection"})
    void ourStreamsSendToSocatAndGetItBack(Net net) throws Exception {
        over(net, on -> {
            try (Program socat = socat(on, "TCP4-LISTEN:0,bind=" + HOST)) {
                assertEchoes(on, on.loop.openConnection(HOST, port(on, socat)));
                socat.awaitEnd(on);
                assertThat(socat.exitCode()).as(socat.output()).isZero();
            }
            try (Program socat = socat(on, "UNIX-LISTEN:" + socketFile)) {
                assertEchoes(on, on.loop.openUnixConnection(socketFile));
                socat.awaitEnd(on);
                assertThat(socat.exitCode()).as(socat.output()).isZero();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves("open_unix_connection")
    void ourStreamsSendToNcatAndGetItBack(Net net) throws Exception {
        over(net, on -> {
            List<String> command = List.of("ncat", "-v", "-lU", socketFile.toString(), "--exec", "/bin/cat");
            try (Program ncat = Program.start(command)) {
                ncat.awaitOutput(on, "Listening on");
                String text = TEXT.substring(0, NCAT_CHARS);
                try (StreamConnection connection = on.loop.openUnixConnection(socketFile)) {
                    connection.writer().write(text, US_ASCII);
                    assertThat(connection.reader().readExactly(NCAT_CHARS))
                            .asString(US_ASCII)
                            .isEqualTo(text);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves("W8")
    void ourDatagramsComeBackFromSocat(Net net) throws Exception {
        over(net, on -> {
            try (Program socat = socat(on, "UDP4-LISTEN:0,bind=" + HOST)) {
                DatagramStream stream =
                        on.loop.openDatagrams(DatagramOptions.defaults().withRemote(HOST, port(on, socat)));
                for (int size : new int[] {1, 100, 1472, 4096}) {
                    stream.send(Bytes.numbered(size));
                    assertThat(stream.receive().bytes()).isEqualTo(Bytes.numbered(size));
                }
                stream.close();
                stream.waitClosed();
            }
        });
    }

    @Test
    @Proves("create_datagram_endpoint")
    void ourUnixDatagramComesBackFromSocat() throws Exception {
        over(Net.EPOLL, on -> {
            try (Program socat = socat(on, "UNIX-RECVFROM:" + socketFile)) {
                DatagramStream stream = on.loop.openDatagrams(DatagramOptions.defaults()
                        .withLocal(UnixDomainSocketAddress.of(directory.resolve("own")))
                        .withRemote(UnixDomainSocketAddress.of(socketFile)));
                stream.send(Bytes.numbered(4096));
                assertThat(stream.receive().bytes()).isEqualTo(Bytes.numbered(4096));
                stream.close();
                stream.waitClosed();
                socat.awaitEnd(on);
            }
        });
    }
}
