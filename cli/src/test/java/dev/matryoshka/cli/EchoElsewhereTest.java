package dev.matryoshka.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.cli.echo.Doll;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code echo} on Unix sockets and over TLS. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EchoElsewhereTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Doll.class)
    void aUnixSocketIsServedAndItsFileIsGoneAfterwards(Doll doll) throws Exception {
        Path path = folder.resolve("echo.sock");
        try (CliProcess echo =
                CliProcess.start("echo", "--cold", "--api", doll.toString(), "--unix", path.toString())) {
            assertThat(echo.lines().readLine()).isEqualTo("listening on unix:" + path);
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                client.write(ByteBuffer.wrap("hello".getBytes(ISO_8859_1)));
                client.shutdownOutput();
                ByteBuffer received = ByteBuffer.allocate(10);
                while (client.read(received) >= 0) {}
                assertThat(ISO_8859_1.decode(received.flip()).toString()).isEqualTo("hello");
            }
            echo.signal("TERM");
            assertThat(echo.exitCode()).isZero();
            assertThat(echo.errors()).isEmpty();
        }
        assertThat(Files.exists(path)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = Doll.class,
            names = {"PROTOCOL", "BUFFERED", "STREAM"})
    void opensslIsServedOverTls(Doll doll) throws Exception {
        Foreign.makeCertificate(folder);
        String certificate = folder.resolve("cert.pem").toString();
        String key = folder.resolve("key.pem").toString();
        try (CliProcess echo = CliProcess.start(
                        "echo", "--api", doll.toString(), "--lines", "--tls-cert", certificate, "--tls-key", key);
                CliProcess client = CliProcess.startForeign(
                        "openssl",
                        "s_client",
                        "-connect",
                        "127.0.0.1:" + echo.port(),
                        "-CAfile",
                        certificate,
                        "-verify_return_error",
                        "-verify_hostname",
                        "localhost",
                        "-quiet",
                        "-verify_quiet")) {
            client.input().write("over tls\n".getBytes(ISO_8859_1));
            client.input().flush();
            assertThat(client.lines().readLine()).isEqualTo("over tls");
            echo.signal("TERM");
            assertThat(echo.exitCode()).isZero();
            assertThat(echo.errors()).isEmpty();
        }
    }
}
