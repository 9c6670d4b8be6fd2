package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the guide's page on TLS, with a certificate that the JDK's keytool makes. */
class TlsExamplesTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path directory;

    private KeyStore store;
    private String certificate;
    private String key;

    @BeforeEach
    void makeACertificate() throws Exception {
        Path file = directory.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD),
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost")
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
        assertThat(keytool.waitFor()).as(said).isZero();
        store = KeyStore.getInstance(file.toFile(), PASSWORD);
        certificate = pem("CERTIFICATE", store.getCertificate("server").getEncoded());
        key = pem("PRIVATE KEY", store.getKey("server", PASSWORD).getEncoded());
    }

    private String pem(String label, byte[] der) throws IOException {
        String text = "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label + "-----\n";
        return Files.writeString(directory.resolve(label + ".pem"), text).toString();
    }

    @Test
    void theClientPrintsWhatTheServerEchoes() throws Exception {
        try (RunningMain server = RunningMain.start(TlsEchoServer::main, certificate, key)) {
            assertThat(Output.of(TlsEchoClient::main, server.port(), certificate))
                    .as("the server may say only now that it listens")
                    .endsWith("hello, world\nTLSv1.3\n");
        }
    }

    @Test
    void theMailServerGoesOnOverTls() throws Exception {
        try (RunningMain server = RunningMain.start(StartTlsServer::main, certificate, key);
                Socket plain = server.connect()) {
            ask(plain, "NOOP\n", "250 NOOP\n");
            ask(plain, "STARTTLS\n", "220 go ahead\n");
            try (SSLSocket secured =
                    (SSLSocket) trusting().getSocketFactory().createSocket(plain, "localhost", server.port(), true)) {
                ask(secured, "SECRET\n", "250 SECRET\n");
            }
        }
    }

    private static void ask(Socket socket, String question, String answer) throws IOException {
        socket.getOutputStream().write(question.getBytes(US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(answer.length()), US_ASCII))
                .isEqualTo(answer);
    }

    private SSLContext trusting() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, PASSWORD);
        trusted.setCertificateEntry("server", store.getCertificate("server"));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
