package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: certificates and keys get where they should, or the message says what to do. Method: files, and handshakes with them. */
@ExtendWith(LeakCheck.class)
class TlsOptionsTest {
    @TempDir
    Path directory;

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    private static void over(TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> body.run(on));
        }
    }

    /** The common name that a server shows to whoever asks for a name. */
    private static String shown(TestLoop on, TlsOptions servers, String asked) throws Exception {
        TlsPair pair = TlsPair.open(
                on,
                new Recorder(),
                new Recorder(),
                Certificates.client().withServerName(asked).withHostNameChecked(false),
                servers);
        String name = pair.clientTransport()
                .peerCertificates()
                .getFirst()
                .getSubjectX500Principal()
                .getName();
        pair.end(on);
        return name;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aServerShowsTheCertificateForTheNameThatIsAskedFor(String version) throws Exception {
        TlsOptions servers = TlsPair.only(
                TlsOptions.server(Certificates.signed("EC", "first", "first.example"))
                        .withIdentity(Certificates.signed("RSA", "second", "second.example", "also.example"))
                        .withIdentity(Certificates.signed("EC", "wild", "*.wild.example")),
                version);
        over(on -> {
            Map<String, String> answers = new TreeMap<>();
            for (String asked :
                    List.of("first.example", "second.example", "also.example", "any.wild.example", "unknown.example")) {
                answers.put(asked, shown(on, servers, asked));
            }
            assertThat(answers)
                    .containsEntry("first.example", "CN=first")
                    .containsEntry("second.example", "CN=second")
                    .containsEntry("also.example", "CN=second")
                    .containsEntry("any.wild.example", "CN=wild")
                    .as("nobody's: the first")
                    .containsEntry("unknown.example", "CN=first");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA", "Ed25519"})
    void keysOfEachKindAreReadFromPemAndUsed(String algorithm) throws Exception {
        Path pem = Certificates.pem(directory, "server.pem", Certificates.signed(algorithm, "server", "127.0.0.1"));
        Path authority = Certificates.certificatePem(directory, "ca.pem", Certificates.AUTHORITY);
        over(on -> TlsPair.open(
                        on,
                        new Recorder(),
                        new Recorder(),
                        TlsOptions.client().trusting(authority),
                        TlsOptions.server(pem, pem))
                .end(on));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void sessionsAreResumedAmongOptionsOfOneContext(String version) throws Exception {
        TlsOptions clients = TlsPair.only(Certificates.client(), version);
        TlsOptions servers = Certificates.server();
        over(on -> {
            Recorder server = new Recorder();
            server.atMade = transport -> transport.write(new byte[1]); // the tickets of TLS 1.3 come before it
            try (Server listener = TlsPair.serve(on, server, servers)) {
                Recorder first = new Recorder();
                TlsPair.connect(on, first, listener.port(), clients);
                on.until("a byte", () -> first.heard.count() == 1);
                long made = ((TlsTransport) first.transport()).session().getCreationTime();
                first.transport().close();
                on.until("lost", () -> first.heard.isLost() && server.heard.isLost());
                long resumed = creationOfNext(
                        on, listener.port(), clients.withHandshakeTimeout(java.time.Duration.ofSeconds(5)));
                assertThat(resumed).as("the same session").isEqualTo(made);
            }
        });
    }

    private static long creationOfNext(TestLoop on, int port, TlsOptions clients) throws Exception {
        Recorder client = new Recorder();
        try {
            TlsPair.connect(on, client, port, clients);
            return ((TlsTransport) client.transport()).session().getCreationTime();
        } finally {
            client.transport().abort();
            on.until("lost", client.heard::isLost);
        }
    }

    // ---- PEM ------------------------------------------------------------------------------------------------------

    private Path file(String... sections) throws IOException {
        return Files.writeString(directory.resolve("key.pem"), String.join("", sections), StandardCharsets.US_ASCII);
    }

    private static String section(String label) {
        return Certificates.section(label, new byte[] {48, 3, 2, 1, 0});
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ENCRYPTED PRIVATE KEY | is encrypted; decrypt it with: openssl pkcs8 -in",
                "RSA PRIVATE KEY       | not PKCS#8; convert it with: openssl pkcs8 -topk8 -nocrypt -in",
                "EC PRIVATE KEY        | not PKCS#8; convert it with: openssl pkcs8 -topk8 -nocrypt -in",
                "PRIVATE KEY           | is broken or of none of the kinds RSA, EC, EdDSA, RSASSA-PSS",
                "CERTIFICATE           | no private key in"
            })
    void aKeyThatCannotBeUsedIsToldWithWhatToDo(String label, String message) throws Exception {
        Path key = file("Bag Attributes: whatever comes before\n", section(label));
        assertThatThrownBy(() -> TlsIdentity.pem(key, key))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(key.toString());
    }

    @Test
    void anOldKeyWithHeadersIsToldTooAndNotDecoded() throws Exception {
        Path key = file("-----BEGIN RSA PRIVATE KEY-----\n"
                + "Proc-Type: 4,ENCRYPTED\n"
                + "DEK-Info: AES-256-CBC,00\n\n"
                + "AAAA\n"
                + "-----END RSA PRIVATE KEY-----\n");
        assertThatThrownBy(() -> Pem.privateKey(key)).hasMessageContaining("openssl pkcs8 -topk8");
    }

    @Test
    void certificatesThatAreNoneAreTold() throws Exception {
        Path none = file("nothing here\n");
        assertThatThrownBy(() -> Pem.certificates(none)).hasMessageContaining("no certificate in " + none);
        Path broken = file(section("CERTIFICATE"));
        assertThatThrownBy(() -> Pem.certificates(broken)).hasMessageContaining("a broken certificate in " + broken);
        Path garbage = file("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n");
        assertThatThrownBy(() -> Pem.certificates(garbage)).hasMessageContaining("is broken");
        assertThatThrownBy(() -> TlsOptions.client().trusting(directory.resolve("missing")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aChainIsReadInItsOrder() throws Exception {
        Path leaf = Certificates.certificatePem(directory, "leaf.pem", Certificates.LOCALHOST);
        Path root = Certificates.certificatePem(directory, "root.pem", Certificates.AUTHORITY);
        Path chain = file(Files.readString(leaf), Files.readString(root));
        assertThat(Pem.certificates(chain))
                .containsExactly(
                        Certificates.LOCALHOST.chain().getFirst(),
                        Certificates.AUTHORITY.chain().getFirst());
    }

    @Test
    void aKeyOfAnotherCertificateIsRefusedAtOnce() {
        assertThatThrownBy(() -> new TlsIdentity(Certificates.CLIENT.key(), Certificates.LOCALHOST.chain()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("CN=localhost");
        assertThatThrownBy(() -> new TlsIdentity(Certificates.CLIENT.key(), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aKeyIsNeverPrinted() {
        assertThat(Certificates.LOCALHOST.toString()).isEqualTo("TlsIdentity[CN=localhost]");
        assertThat(Certificates.server().toString()).contains("CN=localhost").doesNotContain("PrivateKey");
    }

    // ---- options --------------------------------------------------------------------------------------------------

    @Test
    @Proves(ports = "test_base_events.test_create_connection_no_ssl_server_hostname_errors")
    void aClientWithoutAHostMustSayWhomItExpects() throws Exception {
        over(on -> assertThatThrownBy(() -> Tls.createConnection(
                        on.loop,
                        Recorder::new,
                        List.of(new java.net.InetSocketAddress("127.0.0.1", 1)),
                        Certificates.client(),
                        dev.matryoshka.transport.ConnectOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("withHostNameChecked(false)"));
    }

    @Test
    void withersChangeOnePartAndLeaveTheRest() throws Exception {
        TlsOptions options = TlsOptions.of(SSLContext.getDefault());
        assertThat(options.withTruncationAllowed(true).truncationAllowed()).isTrue();
        assertThat(options.truncationAllowed()).isFalse();
        assertThat(options.withServerName("x").context()).isSameAs(options.context());
        assertThatThrownBy(() -> options.trusting(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withApplicationProtocols("h2", null)).isInstanceOf(NullPointerException.class);
        assertThat(options.handshakeTimeout()).isEqualTo(java.time.Duration.ofSeconds(60));
        assertThat(options.shutdownTimeout()).isEqualTo(java.time.Duration.ofSeconds(30));
    }

    @Test
    void anAddressIsNotAskedForByName() {
        for (String name : List.of("127.0.0.1", "::1", "under_score!", "")) {
            assertThat(Certificates.client()
                            .withServerName(name)
                            .clientEngine("localhost", 1)
                            .getSSLParameters()
                            .getServerNames())
                    .as(name)
                    .isIn(null, List.of());
        }
        assertThat(Certificates.client()
                        .clientEngine("localhost.", 1)
                        .getSSLParameters()
                        .getServerNames()
                        .toString())
                .contains("localhost");
        assertThat(Arrays.asList(Certificates.client()
                        .withApplicationProtocols("h2", "http/1.1")
                        .clientEngine("localhost", 1)
                        .getSSLParameters()
                        .getApplicationProtocols()))
                .containsExactly("h2", "http/1.1");
    }
}
