package dev.matryoshka.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.tls.ClientAuth;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsTransport;
import dev.matryoshka.tls.TlsTruncatedException;
import dev.matryoshka.transport.Server;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: OpenSSL understands us and we understand it, as client and as server, in both versions. Method: its own test tools. */
@ExtendWith(LeakCheck.class)
@Proves({"create_server", "create_connection"})
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OpenSslTest {
    private static final String HOST = "127.0.0.1";

    @TempDir
    Path directory;

    private Path authority;
    private Path localhost;
    private Path client;

    @BeforeEach
    void writeCertificates() {
        authority = Certificates.certificatePem(directory, "ca.pem", Certificates.AUTHORITY);
        localhost = Certificates.pem(directory, "localhost.pem", Certificates.LOCALHOST);
        client = Certificates.pem(directory, "client.pem", Certificates.CLIENT);
    }

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    private static void over(TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> body.run(on));
        }
    }

    private static void echo(StreamReader reader, StreamWriter writer) throws Exception {
        for (String line; (line = reader.readLine(US_ASCII)) != null; ) {
            writer.write("echo of " + line + "\n", US_ASCII);
        }
    }

    private static String flag(String version) {
        return version.equals("TLSv1.3") ? "-tls1_3" : "-tls1_2";
    }

    private Program sClient(int port, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "openssl", "s_client", "-connect", HOST + ":" + port, "-CAfile", authority.toString(), "-brief"));
        command.addAll(List.of(more));
        return Program.start(command);
    }

    // ---- it is the client -----------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void itsClientTalksToOurServer(String version) throws Exception {
        over(on -> {
            Server server = on.loop.startServer(OpenSslTest::echo, HOST, 0, Certificates.server());
            try (Program openssl =
                    sClient(server.port(), flag(version), "-verify_return_error", "-verify_ip", HOST, "-ign_eof")) {
                openssl.awaitOutput(on, "CONNECTION ESTABLISHED");
                openssl.send("hello\n");
                openssl.awaitOutput(on, "echo of hello");
                assertThat(openssl.output()).contains(version).contains("Verification: OK");
                server.closeClients();
                openssl.awaitEnd(on);
                assertThat(openssl.exitCode()).as(openssl.output()).isZero();
            }
            server.close();
            server.waitClosed();
        });
    }

    @Proves("ssl_extra_info")
    @Test
    void itsClientShowsItsCertificateAndChoosesAProtocol() throws Exception {
        over(on -> {
            String[] seen = new String[2];
            TlsOptions options = Certificates.server()
                    .trusting(authority)
                    .withClientAuth(ClientAuth.NEED)
                    .withApplicationProtocols("h2", "http/1.1");
            Server server = on.loop.startServer(
                    (reader, writer) -> {
                        TlsTransport tls = (TlsTransport) writer.transport();
                        seen[0] = tls.peerCertificates()
                                .getFirst()
                                .getSubjectX500Principal()
                                .getName();
                        seen[1] = tls.applicationProtocol();
                        echo(reader, writer);
                    },
                    HOST,
                    0,
                    options);
            try (Program openssl = sClient(
                    server.port(), "-cert", client.toString(), "-key", client.toString(), "-alpn", "http/1.1,gopher")) {
                openssl.send("hello\n");
                openssl.awaitOutput(on, "echo of hello");
            }
            assertThat(seen).containsExactly("CN=client", "http/1.1");
            try (Program stranger = sClient(server.port(), "-alpn", "http/1.1")) {
                stranger.awaitOutput(on, "certificate required");
            }
            server.close();
            server.abortClients();
            server.waitClosed();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void itsClientResumesASessionOfOurs(String version) throws Exception {
        over(on -> {
            Server server = on.loop.startServer(OpenSslTest::echo, HOST, 0, Certificates.server());
            try (Program openssl = Program.start(List.of(
                    "openssl",
                    "s_client",
                    "-connect",
                    HOST + ":" + server.port(),
                    "-CAfile",
                    authority.toString(),
                    flag(version),
                    "-sess_out",
                    directory.resolve("session").toString()))) {
                openssl.send("hello\n");
                openssl.awaitOutput(on, "echo of hello");
                openssl.send("Q\n");
                openssl.awaitEnd(on);
                assertThat(openssl.output()).contains("New, " + version);
            }
            try (Program openssl = Program.start(List.of(
                    "openssl",
                    "s_client",
                    "-connect",
                    HOST + ":" + server.port(),
                    "-CAfile",
                    authority.toString(),
                    flag(version),
                    "-sess_in",
                    directory.resolve("session").toString()))) {
                openssl.send("hello\n");
                openssl.awaitOutput(on, "echo of hello");
                openssl.send("Q\n");
                openssl.awaitEnd(on);
                assertThat(openssl.output()).contains("Reused, " + version);
            }
            server.close();
            server.abortClients();
            server.waitClosed();
        });
    }

    @Test
    void itsClientRenewsItsKeysInTheMiddle() throws Exception {
        over(on -> {
            Server server = on.loop.startServer(OpenSslTest::echo, HOST, 0, Certificates.server());
            try (Program openssl = Program.start(List.of(
                    "openssl",
                    "s_client",
                    "-connect",
                    HOST + ":" + server.port(),
                    "-CAfile",
                    authority.toString(),
                    "-tls1_3"))) {
                openssl.send("one\n");
                openssl.awaitOutput(on, "echo of one");
                openssl.send("K\n");
                openssl.awaitOutput(on, "KEYUPDATE");
                openssl.send("two\n");
                openssl.awaitOutput(on, "echo of two");
            }
            server.close();
            server.abortClients();
            server.waitClosed();
        });
    }

    @Test
    void itsWishToRenegotiateIsRefused() throws Exception {
        over(on -> {
            Server server = on.loop.startServer(OpenSslTest::echo, HOST, 0, Certificates.server());
            try (Program openssl = Program.start(List.of(
                    "openssl",
                    "s_client",
                    "-connect",
                    HOST + ":" + server.port(),
                    "-CAfile",
                    authority.toString(),
                    "-tls1_2"))) {
                openssl.send("one\n");
                openssl.awaitOutput(on, "echo of one");
                openssl.send("R\n");
                openssl.awaitEnd(on);
                assertThat(openssl.output()).contains("RENEGOTIATING");
            }
            on.until("the server has ended it", () -> server.clientCount() == 0);
            server.close();
            server.waitClosed();
        });
    }

    // ---- it is the server -----------------------------------------------------------------------------------------

    /** It listens on a port of its own choice, and says which: {@code ACCEPT 127.0.0.1:45585}. */
    private static final Pattern ACCEPT = Pattern.compile("ACCEPT " + Pattern.quote(HOST) + ":([0-9]+)[^0-9]");

    private static int port(TestLoop on, Program program) throws Exception {
        Matcher matcher = ACCEPT.matcher("");
        on.until(
                "it says where it listens",
                () -> matcher.reset(program.output()).find());
        return Integer.parseInt(matcher.group(1));
    }

    private Program sServer(String... more) {
        List<String> command = new ArrayList<>(List.of(
                "openssl",
                "s_server",
                "-accept",
                HOST + ":0",
                "-cert",
                localhost.toString(),
                "-key",
                localhost.toString(),
                "-naccept",
                "2"));
        command.addAll(List.of(more));
        return Program.start(command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void ourClientTalksToItsServerAndResumes(String version) throws Exception {
        over(on -> {
            TlsOptions options = TlsOptions.client().trusting(authority);
            try (Program openssl = sServer(flag(version))) {
                int port = port(on, openssl);
                for (boolean resumed : new boolean[] {false, true}) {
                    StreamConnection connection = on.loop.openConnection(HOST, port, options);
                    connection.writer().write("hello " + resumed + "\n", US_ASCII);
                    openssl.awaitOutput(on, "hello " + resumed);
                    openssl.send("world\n");
                    assertThat(connection.reader().readLine(US_ASCII)).isEqualTo("world");
                    assertThat(openssl.output().contains("Reused session-id")).isEqualTo(resumed);
                    assertThat(((TlsTransport) connection.writer().transport())
                                    .session()
                                    .getProtocol())
                            .isEqualTo(version);
                    connection.close();
                    connection.writer().waitClosed();
                }
            }
        });
    }

    @Test
    void ourClientShowsItsCertificate() throws Exception {
        over(on -> {
            TlsOptions options = TlsOptions.client()
                    .trusting(authority)
                    .withIdentity(Certificates.CLIENT)
                    .withApplicationProtocols("h2");
            try (Program openssl =
                    sServer("-Verify", "1", "-CAfile", authority.toString(), "-alpn", "h2", "-verify_return_error")) {
                StreamConnection connection = on.loop.openConnection(HOST, port(on, openssl), options);
                connection.writer().write("hello\n", US_ASCII);
                openssl.awaitOutput(on, "hello");
                assertThat(openssl.output()).contains("CN = client").contains("ALPN protocols selected: h2");
                assertThat(((TlsTransport) connection.writer().transport()).applicationProtocol())
                        .isEqualTo("h2");
                openssl.send("world\n");
                assertThat(connection.reader().readLine(US_ASCII)).isEqualTo("world");
                connection.close();
                connection.writer().waitClosed();
            }
        });
    }

    @Test
    void itsServersGoodbyeIsAnEndAndItsDeathIsACut() throws Exception {
        over(on -> {
            TlsOptions options = TlsOptions.client().trusting(authority);
            try (Program openssl = sServer("-www")) {
                StreamConnection connection = on.loop.openConnection(HOST, port(on, openssl), options);
                connection.writer().write("GET / HTTP/1.0\r\n\r\n", US_ASCII);
                assertThat(connection.reader().read(-1))
                        .as("up to the close_notify of %s", openssl.output())
                        .asString(US_ASCII)
                        .containsIgnoringCase("</html>");
                connection.close();
                connection.writer().waitClosed();
            }
            try (Program openssl = sServer()) {
                StreamConnection connection = on.loop.openConnection(HOST, port(on, openssl), options);
                openssl.send("last words\n");
                assertThat(connection.reader().readLine(US_ASCII)).isEqualTo("last words");
                Task<?> reading = on.loop.createTask(() -> connection.reader().readLine());
                on.passes(2);
                openssl.kill();
                assertThatThrownBy(reading::await).isInstanceOf(TlsTruncatedException.class);
                connection.close();
            }
        });
    }
}
