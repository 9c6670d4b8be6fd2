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
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsTruncatedException;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.nio.file.Files;
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

/** Goal: asyncio itself at the other end notices no difference. Method: small programs in Python, as client and as server. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PythonTlsTest {
    private static final String HOST = "127.0.0.1";
    private static final int BYTES = 1_000_000;

    private static final String CLIENT = """
        import asyncio, ssl, sys
        async def main(port, ca, version, starttls):
            context = ssl.create_default_context(cafile=ca)
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
            if starttls == 'yes':
                reader, writer = await asyncio.open_connection('127.0.0.1', port)
                writer.write(b'STARTTLS\\n')
                print((await reader.readline()).decode().strip())
                await writer.start_tls(context, server_hostname='localhost')
            else:
                reader, writer = await asyncio.open_connection(
                    '127.0.0.1', port, ssl=context, server_hostname='localhost')
            data = bytes(i * i % 251 for i in range(1000000))
            writer.write(data)
            await writer.drain()
            print('same' if await reader.readexactly(len(data)) == data else 'different')
            print(writer.get_extra_info('ssl_object').version())
            writer.close()
            await writer.wait_closed()
            print('closed')
        asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]))
        """;

    private static final String SERVER = """
        import asyncio, ssl, sys
        async def serve(reader, writer):
            line = await reader.readline()
            if line == b'STARTTLS\\n':
                writer.write(b'go ahead\\n')
                await writer.start_tls(context)
                line = await reader.readline()
            if line == b'die\\n':
                writer.write(b'half a mess')
                await writer.drain()
                sys.stdout.flush()
                import os; os._exit(0)
            while line:
                writer.write(line)
                await writer.drain()
                line = await reader.read(65536)
            writer.close()
        async def main(secure):
            server = await asyncio.start_server(serve, '127.0.0.1', 0, ssl=context if secure else None)
            print('port', server.sockets[0].getsockname()[1], 'end', flush=True)
            await server.serve_forever()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[1])
        asyncio.run(main(sys.argv[2] == 'tls'))
        """;

    private static final Pattern PORT = Pattern.compile("port (\\d+) end");

    @TempDir
    Path directory;

    private Path authority;
    private Path localhost;

    @BeforeEach
    void writeCertificates() {
        authority = Certificates.certificatePem(directory, "ca.pem", Certificates.AUTHORITY);
        localhost = Certificates.pem(directory, "localhost.pem", Certificates.LOCALHOST);
    }

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    private static void over(TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> body.run(on));
        }
    }

    private Program python(String source, String... arguments) throws IOException {
        Path file = Files.writeString(directory.resolve("program.py"), source);
        List<String> command = new ArrayList<>(List.of("python3", file.toString()));
        command.addAll(List.of(arguments));
        return Program.start(command);
    }

    private static int port(TestLoop on, Program program) throws InterruptedException {
        program.awaitOutput(on, " end");
        Matcher matcher = PORT.matcher(program.output());
        assertThat(matcher.find()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static void echo(StreamReader reader, StreamWriter writer) throws Exception {
        for (byte[] data; (data = reader.read(65536)).length > 0; ) {
            writer.write(data);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_3", "TLSv1_2"})
    @Proves("create_server")
    void itsStreamsTalkToOurServer(String version) throws Exception {
        over(on -> {
            Server server = on.loop.startServer(PythonTlsTest::echo, HOST, 0, Certificates.server());
            try (Program python = python(CLIENT, String.valueOf(server.port()), authority.toString(), version, "no")) {
                assertThat(python.awaitEnd(on).lines()).containsExactly("same", version.replace('_', '.'), "closed");
            }
            server.close();
            server.waitClosed();
        });
    }

    @Test
    @Proves({"start_tls", "B15"})
    void itsStartTlsTalksToOurs() throws Exception {
        over(on -> {
            Server server = on.loop.startServer(
                    (reader, writer) -> {
                        assertThat(reader.readLine(US_ASCII)).isEqualTo("STARTTLS");
                        writer.write("go ahead\n", US_ASCII);
                        writer.startTls(Certificates.server());
                        echo(reader, writer);
                    },
                    HOST,
                    0);
            try (Program python =
                    python(CLIENT, String.valueOf(server.port()), authority.toString(), "TLSv1_3", "yes")) {
                assertThat(python.awaitEnd(on).lines()).containsExactly("go ahead", "same", "TLSv1.3", "closed");
            }
            server.close();
            server.waitClosed();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    @Proves("create_connection")
    void ourStreamsTalkToItsServer(String version) throws Exception {
        TlsOptions options = TlsOptions.client()
                .trusting(authority)
                .withParameters(parameters -> parameters.setProtocols(new String[] {version}));
        byte[] sent = new byte[BYTES];
        sent[0] = '\n';
        over(on -> {
            try (Program python = python(SERVER, localhost.toString(), "tls")) {
                int port = port(on, python);
                StreamConnection connection = on.loop.openConnection(HOST, port, options);
                connection.writer().write(sent);
                assertThat(connection.reader().readExactly(BYTES)).isEqualTo(sent);
                connection.close();
                connection.writer().waitClosed();
            }
        });
    }

    @Test
    @Proves({"start_tls", "W4", "I-13"})
    void ourStartTlsTalksToItsAndItsDeathIsACut() throws Exception {
        TlsOptions options = TlsOptions.client().trusting(authority).withServerName("localhost");
        over(on -> {
            try (Program python = python(SERVER, localhost.toString(), "plain")) {
                int port = port(on, python);
                StreamConnection connection = on.loop.openConnection(HOST, port);
                connection.writer().write("STARTTLS\n", US_ASCII);
                assertThat(connection.reader().readLine(US_ASCII)).isEqualTo("go ahead");
                connection.writer().startTls(options);
                connection.writer().write("die\n", US_ASCII);
                assertThat(connection.reader().readExactly(11))
                        .asString(US_ASCII)
                        .isEqualTo("half a mess");
                assertThatThrownBy(() -> connection.reader().read()).isInstanceOf(TlsTruncatedException.class);
                connection.close();
                python.awaitEnd(on);
            }
        });
    }
}
