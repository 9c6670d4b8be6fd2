package dev.matryoshka.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.cli.echo.TestClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The proxy as its users run it, between programs that are not ours. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProxyProcessTest {
    @TempDir
    private Path folder;

    private static TestClient connect(int port) throws Exception {
        return new TestClient(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    }

    @Test
    void countersAreToldAtSigusr1AndAtTheEnd() throws Exception {
        try (CliProcess echo = CliProcess.start("echo", "--cold", "--api", "protocol");
                CliProcess proxy = CliProcess.start("proxy", "127.0.0.1:0", "127.0.0.1:" + echo.port())) {
            try (TestClient client = connect(proxy.port())) {
                client.send("hello");
                assertThat(client.receive(5)).isEqualTo("hello");
                proxy.signal("USR1");
                assertThat(proxy.lines().readLine())
                        .isEqualTo("connections=1 bytes-to-target=5 bytes-to-client=5 errors=0");
                client.send("again");
                assertThat(client.receive(5)).isEqualTo("again");
                client.endSending();
                assertThat(client.atEnd()).isTrue();
            }
            proxy.signal("TERM");
            assertThat(proxy.exitCode()).isZero();
            assertThat(proxy.lines().lines())
                    .containsExactly("connections=1 bytes-to-target=10 bytes-to-client=10 errors=0");
            assertThat(proxy.errors()).isEmpty();
        }
    }

    /** curl writes the header, and knows how from somebody else. */
    @Test
    void curlThroughItToPython() throws Exception {
        Foreign.require("curl", "python3");
        String body = "x".repeat(1_000_000);
        Files.writeString(folder.resolve("page.txt"), body);
        try (CliProcess python = CliProcess.startForeign(
                        "python3",
                        "-u",
                        "-m",
                        "http.server",
                        "0",
                        "--bind",
                        "127.0.0.1",
                        "--directory",
                        folder.toString());
                CliProcess proxy = CliProcess.start(
                        "proxy",
                        "127.0.0.1:0",
                        "127.0.0.1:" + python.port(),
                        "--accept-proxy",
                        "127.0.0.1",
                        "--capture",
                        folder.resolve("wire.pcap").toString())) {
            String url = "http://127.0.0.1:" + proxy.port() + "/page.txt";
            try (CliProcess curl = CliProcess.startForeign(
                    "curl", "-sS", "--noproxy", "*", "--haproxy-protocol", "--max-time", "30", url)) {
                assertThat(new String(curl.output().readAllBytes(), ISO_8859_1)).isEqualTo(body);
                assertThat(curl.exitCode()).isZero();
            }
            proxy.signal("TERM");
            assertThat(proxy.exitCode()).isZero();
        }
        assertThat(Files.size(folder.resolve("wire.pcap"))).isGreaterThan(1_000_000);
    }

    @Test
    void opensslAtBothEnds() throws Exception {
        Foreign.makeCertificate(folder);
        String certificate = folder.resolve("cert.pem").toString();
        String key = folder.resolve("key.pem").toString();
        try (CliProcess server = CliProcess.startForeign(
                        "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-rev");
                CliProcess proxy = CliProcess.start(
                        "proxy",
                        "tls:127.0.0.1:0",
                        "tls:127.0.0.1:" + server.port(),
                        "--tls-cert",
                        certificate,
                        "--tls-key",
                        key,
                        "--tls-ca",
                        certificate,
                        "--servername",
                        "localhost");
                CliProcess client = CliProcess.startForeign(
                        "openssl",
                        "s_client",
                        "-connect",
                        "127.0.0.1:" + proxy.port(),
                        "-CAfile",
                        certificate,
                        "-verify_return_error",
                        "-quiet",
                        "-verify_quiet")) {
            client.input().write("desserts\n".getBytes(ISO_8859_1));
            client.input().flush();
            assertThat(client.lines().readLine()).isEqualTo("stressed");
            assertThat(proxy.errors()).isEmpty();
        }
    }

    @Test
    void aTargetWhoseCertificateIsNotTrustedIsToldInOneLine() throws Exception {
        Foreign.makeCertificate(folder);
        try (CliProcess echo = CliProcess.start(
                        "echo",
                        "--api",
                        "stream",
                        "--tls-cert",
                        folder.resolve("cert.pem").toString(),
                        "--tls-key",
                        folder.resolve("key.pem").toString());
                CliProcess proxy = CliProcess.start("proxy", "127.0.0.1:0", "tls:127.0.0.1:" + echo.port());
                TestClient client = connect(proxy.port())) {
            assertThat(client.atEnd()).isTrue();
            assertThat(proxy.errors())
                    .singleElement()
                    .asString()
                    .startsWith("matryoshka proxy: cannot connect to 127.0.0.1:")
                    .contains("PKIX");
        }
    }
}
