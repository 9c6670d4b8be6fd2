package dev.matryoshka.cli.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.cli.Await;
import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.cli.echo.Flood;
import dev.matryoshka.cli.echo.RunningEcho;
import dev.matryoshka.cli.echo.TestClient;
import dev.matryoshka.cli.proxy.RunningProxy.Settings;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.layer.ProxyHeader.Version;
import dev.matryoshka.layer.ProxyOptions;
import dev.matryoshka.tls.TlsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: a client cannot tell the proxy from the target, nor the target from the client. Method: java.net at both ends. */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.matryoshka.cli.echo.TestKernels#all")
class ProxyServerTest {
    @Parameter
    private String kernel;

    @TempDir
    private Path folder;

    // ---- bytes ----------------------------------------------------------------------------------------------------

    @Test
    void bytesGoBothWaysAndAreCounted() throws Exception {
        try (Target target = new Target();
                RunningProxy proxy = new Settings(target.address()).start(kernel);
                TestClient client = proxy.connect();
                Socket far = target.accept()) {
            client.send("question");
            assertThat(Target.receive(far, 8)).isEqualTo("question");
            Target.send(far, "the answer");
            assertThat(client.receive(10)).isEqualTo("the answer");
            client.endSending();
            assertThat(far.getInputStream().read()).isEqualTo(-1);
            far.close();
            assertThat(client.atEnd()).isTrue();
            proxy.untilEmpty();
            assertThat(proxy.counters()).isEqualTo("connections=1 bytes-to-target=8 bytes-to-client=10 errors=0");
        }
    }

    @Test
    void whatAClientSendsBeforeTheTargetIsThereWaits() throws Exception {
        byte[] large = new byte[3_000_000];
        new Random(1).nextBytes(large);
        try (RunningEcho echo = RunningEcho.start(Doll.PROTOCOL, kernel, false);
                RunningProxy proxy = new Settings(echo.address()).start(kernel);
                TestClient client = proxy.connect()) {
            Thread sender = Thread.ofPlatform().start(() -> {
                try {
                    client.send(large);
                    client.endSending();
                } catch (IOException failed) {
                    throw new AssertionError(failed);
                }
            });
            assertThat(client.receiveBytes(large.length)).isEqualTo(large);
            assertThat(client.atEnd()).isTrue();
            sender.join();
        }
    }

    @Test
    void twoHundredClientsAtOnceEachGetTheirOwn() throws Exception {
        List<TestClient> clients = new ArrayList<>();
        try (RunningEcho echo = RunningEcho.start(Doll.PROTOCOL, kernel, false);
                RunningProxy proxy = new Settings(echo.address()).start(kernel)) {
            for (int i = 0; i < 200; i++) {
                clients.add(proxy.connect());
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < clients.size(); i++) {
                    clients.get(i).send(String.format("%010d", i * 1000 + round));
                }
                for (int i = 0; i < clients.size(); i++) {
                    assertThat(clients.get(i).receive(10)).isEqualTo(String.format("%010d", i * 1000 + round));
                }
            }
            clients.forEach(TestClient::close);
            proxy.untilEmpty();
            assertThat(proxy.counters())
                    .isEqualTo("connections=200 bytes-to-target=6000 bytes-to-client=6000 errors=0");
        } finally {
            clients.forEach(TestClient::close);
        }
    }

    // ---- ends -----------------------------------------------------------------------------------------------------

    @Test
    void eachDirectionHasItsOwnEnd() throws Exception {
        try (Target target = new Target();
                RunningProxy proxy = new Settings(target.address()).start(kernel)) {
            try (TestClient client = proxy.connect();
                    Socket far = target.accept()) {
                client.send("all I have");
                client.endSending();
                assertThat(new String(far.getInputStream().readAllBytes(), ISO_8859_1))
                        .isEqualTo("all I have");
                Target.send(far, "late answer");
                assertThat(client.receive(11)).isEqualTo("late answer");
                far.shutdownOutput();
                assertThat(client.atEnd()).isTrue();
            }
            try (TestClient client = proxy.connect();
                    Socket far = target.accept()) {
                Target.send(far, "bye");
                far.shutdownOutput();
                assertThat(client.receiveAll()).isEqualTo("bye");
                client.send("one more thing");
                assertThat(Target.receive(far, 14)).isEqualTo("one more thing");
                client.endSending();
                assertThat(far.getInputStream().read()).isEqualTo(-1);
            }
            proxy.untilEmpty();
            assertThat(proxy.complaints()).isEmpty();
        }
    }

    @Test
    void aResetIsPassedOnAsOneAndEndsNoOther() throws Exception {
        try (Target target = new Target();
                RunningProxy proxy = new Settings(target.address()).start(kernel);
                TestClient other = proxy.connect();
                Socket otherFar = target.accept()) {
            TestClient client = proxy.connect();
            try (Socket far = target.accept()) {
                client.send("x");
                assertThat(Target.receive(far, 1)).isEqualTo("x");
                client.reset();
                assertThatThrownBy(() -> far.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            try (TestClient second = proxy.connect()) {
                Socket far = target.accept();
                Target.send(far, "y");
                assertThat(second.receive(1)).isEqualTo("y");
                far.setSoLinger(true, 0);
                far.close();
                assertThatThrownBy(second::atEnd).isInstanceOf(SocketException.class);
            }
            other.send("still here");
            assertThat(Target.receive(otherFar, 10)).isEqualTo("still here");
            assertThat(proxy.complaints())
                    .hasSize(2)
                    .allMatch(line -> line.contains(" broke: "))
                    .anyMatch(line -> line.startsWith("connection from a client"))
                    .anyMatch(line -> line.startsWith("connection to 127.0.0.1:"));
            assertThat(proxy.counters()).startsWith("connections=3 ").endsWith("errors=2");
        }
    }

    @Test
    void aTargetThatRefusesEndsItsClientAndTheProxyServesOn() throws Exception {
        try (SocketChannel bound =
                        SocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0)); // and not listening
                RunningProxy proxy = new Settings(bound.getLocalAddress()).start(kernel)) {
            for (int i = 0; i < 2; i++) {
                try (TestClient client = proxy.connect()) {
                    assertThat(client.atEnd()).isTrue();
                }
            }
            assertThat(proxy.complaints())
                    .hasSize(2)
                    .allMatch(line -> line.startsWith(
                            "cannot connect to 127.0.0.1:" + bound.socket().getLocalPort() + ": "));
            assertThat(proxy.counters()).isEqualTo("connections=2 bytes-to-target=0 bytes-to-client=0 errors=2");
        }
    }

    @Test
    void aTargetThatNeverAnswersIsGivenUp() throws Exception {
        try (Target target = new Target()) {
            Settings settings = new Settings(target.address());
            settings.trust = TlsOptions.client().withServerName("localhost"); // a handshake that nobody answers
            settings.connectTimeout = Duration.ofSeconds(3); // enough for a busy machine to say hello
            try (RunningProxy proxy = settings.start(kernel);
                    TestClient client = proxy.connect();
                    Socket far = target.accept()) {
                assertThat(client.atEnd()).isTrue();
                assertThat(far.getInputStream().readAllBytes())
                        .as("a ClientHello")
                        .isNotEmpty();
                assertThat(proxy.complaints()).singleElement().asString().endsWith("not within 3000 ms");
                proxy.untilEmpty();
            }
        }
    }

    // ---- back-pressure --------------------------------------------------------------------------------------------

    @Test
    void forATargetThatNeverReadsTheClientIsNotReadFrom() throws Exception {
        try (Target target = new Target();
                RunningProxy proxy = new Settings(target.address()).start(kernel);
                Flood client = new Flood(proxy.address());
                Socket far = target.accept()) {
            assertThat(client.sendUntilStuck()).isLessThan(Flood.SOCKETS_TAKE_MAX_BYTES);
            far.close();
        }
    }

    @Test
    void aClientThatReadsLateGetsEveryByte() throws Exception {
        try (RunningEcho echo = RunningEcho.start(Doll.PROTOCOL, kernel, false);
                RunningProxy proxy = new Settings(echo.address()).start(kernel);
                Flood client = new Flood(proxy.address())) {
            long sent = client.sendUntilStuck();
            assertThat(sent).isLessThan(Flood.SEND_MAX_BYTES);
            assertThat(client.receiveAll()).isEqualTo(sent);
        }
    }

    @Test
    void moreClientsThanTheLimitWaitForTheirTurn() throws Exception {
        try (Target target = new Target()) {
            Settings settings = new Settings(target.address());
            settings.maxConnections = 1;
            try (RunningProxy proxy = settings.start(kernel);
                    TestClient first = proxy.connect();
                    Socket firstFar = target.accept();
                    TestClient second = proxy.connect()) {
                second.send("me too");
                first.send("a");
                assertThat(Target.receive(firstFar, 1)).isEqualTo("a");
                assertThat(proxy.clientCount()).isEqualTo(1);
                first.close();
                firstFar.close();
                try (Socket secondFar = target.accept()) {
                    assertThat(Target.receive(secondFar, 6)).isEqualTo("me too");
                }
            }
        }
    }

    // ---- PROXY protocol -------------------------------------------------------------------------------------------

    @Test
    void theTargetIsToldWhoTheClientIs() throws Exception {
        for (Version version : Version.values()) {
            try (Target target = new Target()) {
                Settings settings = new Settings(target.address());
                settings.send = version;
                try (RunningProxy proxy = settings.start(kernel);
                        Socket client = new Socket("127.0.0.1", proxy.address().getPort());
                        Socket far = target.accept()) {
                    Target.send(client, "hello");
                    if (version == Version.V1) {
                        String line = "PROXY TCP4 127.0.0.1 127.0.0.1 " + client.getLocalPort() + " " + client.getPort()
                                + "\r\nhello";
                        assertThat(Target.receive(far, line.length())).isEqualTo(line);
                    } else {
                        ByteBuffer header = ByteBuffer.wrap(far.getInputStream().readNBytes(28 + 5));
                        assertThat(header.get(13)).isEqualTo((byte) 0x11);
                        assertThat(header.getShort(24) & 0xFFFF).isEqualTo(client.getLocalPort());
                        assertThat(header.getShort(26) & 0xFFFF).isEqualTo(client.getPort());
                        assertThat(ISO_8859_1.decode(header.position(28)).toString())
                                .isEqualTo("hello");
                    }
                }
            }
        }
    }

    @Test
    void whatAProxyBeforeUsSaidIsPassedOn() throws Exception {
        try (Target target = new Target()) {
            Settings settings = new Settings(target.address());
            settings.accept = ProxyOptions.trusting("127.0.0.1");
            settings.send = Version.V1;
            String line = "PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n";
            try (RunningProxy proxy = settings.start(kernel);
                    TestClient client = proxy.connect()) {
                client.send(line + "behind it");
                try (Socket far = target.accept()) {
                    assertThat(Target.receive(far, line.length() + 9)).isEqualTo(line + "behind it");
                }
                try (TestClient liar = proxy.connect()) {
                    liar.send("GET");
                    assertEnds(liar);
                }
            }
        }
    }

    /** With a reset, if what it sent was not read. */
    private static void assertEnds(TestClient client) throws IOException {
        try {
            assertThat(client.atEnd()).isTrue();
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    // ---- elsewhere ------------------------------------------------------------------------------------------------

    @Test
    void unixSocketsOnBothSides() throws Exception {
        Path here = folder.resolve("here");
        Path there = folder.resolve("there");
        try (ServerSocketChannel target = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            target.bind(UnixDomainSocketAddress.of(there));
            Settings settings = new Settings(Endpoint.parse("unix:" + there));
            settings.listen = Endpoint.parse("unix:" + here);
            try (RunningProxy proxy = settings.start(kernel);
                    SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(here));
                    SocketChannel far = target.accept()) {
                client.write(ByteBuffer.wrap("hello".getBytes(ISO_8859_1)));
                client.shutdownOutput();
                ByteBuffer received = ByteBuffer.allocate(10);
                while (far.read(received) >= 0) {}
                assertThat(ISO_8859_1.decode(received.flip()).toString()).isEqualTo("hello");
            }
        }
        assertThat(here).doesNotExist();
    }

    @Test
    void drainingLetsAConnectionFinishAndThenEndsTheRest() throws Exception {
        try (Target target = new Target()) {
            Settings settings = new Settings(target.address());
            settings.finish = Duration.ofSeconds(5); // the last words have to be said in it
            try (RunningProxy proxy = settings.start(kernel);
                    TestClient client = proxy.connect();
                    Socket far = target.accept();
                    TestClient idle = proxy.connect();
                    Socket idleFar = target.accept()) {
                proxy.beginDraining();
                assertThatThrownBy(() -> Await.until("refused", () -> {
                            proxy.connect().close();
                            return false;
                        }))
                        .isInstanceOf(IOException.class);
                client.send("last words");
                assertThat(Target.receive(far, 10)).isEqualTo("last words");
                client.endSending();
                far.close();
                assertThat(idle.atEnd()).isTrue();
                assertThat(idleFar.getInputStream().read()).isEqualTo(-1);
                assertThat(proxy.endedWithin(Duration.ofSeconds(20))).isTrue();
            }
        }
    }
}
