package dev.matryoshka.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.cli.echo.Flood;
import dev.matryoshka.cli.echo.RunningEcho;
import dev.matryoshka.cli.echo.TestClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code cat} as it is used: in pipelines, between programs that are not ours. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CatProcessTest {
    /** pipe(7). */
    private static final long PIPE_BYTES = 65_536;

    @TempDir
    private Path folder;

    private static ServerSocket listener() throws IOException {
        ServerSocket listener = new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1"));
        listener.setSoTimeout(30_000);
        return listener;
    }

    private static TestClient connect(int port) throws IOException {
        return new TestClient(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    }

    /** What {@code -l 0} tells on standard error. */
    private static int listeningPort(CliProcess cat) throws Exception {
        Await.until("it listens", () -> !cat.errors().isEmpty());
        String line = cat.errors().getFirst();
        assertThat(line).startsWith("matryoshka cat: listening on 127.0.0.1:");
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    }

    private static void sendAll(OutputStream out, byte[] bytes) {
        Thread.ofPlatform().start(() -> {
            try (out) {
                out.write(bytes);
            } catch (IOException failed) {
                throw new AssertionError(failed);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.cli.echo.TestKernels#all")
    void manyBytesGoBothWaysAtOnce(String kernel) throws Exception {
        byte[] bytes = new byte[8_000_000];
        new Random(7).nextBytes(bytes);
        try (RunningEcho echo = RunningEcho.start(Doll.PROTOCOL, kernel, false);
                CliProcess cat = CliProcess.start(
                        "cat",
                        "--kernel",
                        kernel,
                        "127.0.0.1",
                        String.valueOf(echo.address().getPort()))) {
            sendAll(cat.input(), bytes);
            assertThat(cat.output().readAllBytes()).isEqualTo(bytes);
            assertThat(cat.exitCode()).isZero();
            assertThat(cat.errors()).isEmpty();
        }
    }

    @Test
    void inAShellPipeline() throws Exception {
        try (RunningEcho echo = RunningEcho.start(Doll.STREAM, "auto", false)) {
            String line = "set -o pipefail; head -c 3000000 /dev/urandom | tee in | exec "
                    + CliProcess.inShell(
                            "cat", "127.0.0.1", String.valueOf(echo.address().getPort()))
                    + " | tee out | wc -c && cmp in out";
            Process shell = new ProcessBuilder("bash", "-c", line)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(shell.getInputStream().readAllBytes(), ISO_8859_1))
                    .isEqualTo("3000000\n");
            assertThat(shell.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(shell.exitValue()).isZero();
        }
    }

    @Test
    void theEndOfInputIsHalfACloseAndTheAnswerStillComes() throws Exception {
        try (ServerSocket listener = listener();
                CliProcess cat = CliProcess.start("cat", "127.0.0.1", String.valueOf(listener.getLocalPort()));
                Socket peer = listener.accept()) {
            cat.input().write("question".getBytes(ISO_8859_1));
            cat.input().close();
            assertThat(new String(peer.getInputStream().readAllBytes(), ISO_8859_1))
                    .isEqualTo("question");
            assertThat(cat.isAlive()).isTrue();
            peer.getOutputStream().write("answer".getBytes(ISO_8859_1));
            peer.close();
            assertThat(new String(cat.output().readAllBytes(), ISO_8859_1)).isEqualTo("answer");
            assertThat(cat.exitCode()).isZero();
        }
    }

    @Test
    void thePeersEndEndsItThoughInputIsOpen() throws Exception {
        try (CliProcess cat = CliProcess.start("cat", "-l", "0");
                TestClient client = connect(listeningPort(cat))) {
            client.send("all of it");
            cat.input().write("hello".getBytes(ISO_8859_1));
            cat.input().flush();
            assertThat(client.receive(5)).isEqualTo("hello");
            client.endSending();
            assertThat(client.atEnd()).isTrue();
            assertThat(new String(cat.output().readAllBytes(), ISO_8859_1)).isEqualTo("all of it");
            assertThat(cat.exitCode()).isZero();
            assertThat(cat.errors()).hasSize(1);
        }
    }

    @Test
    void keptOpenItServesOneAfterAnotherUntilASignal() throws Exception {
        try (CliProcess cat = CliProcess.start("cat", "-l", "-k", "127.0.0.1", "0")) {
            int port = listeningPort(cat);
            try (TestClient first = connect(port);
                    TestClient second = connect(port)) {
                second.send("second");
                first.send("first ");
                cat.input().write("hi".getBytes(ISO_8859_1));
                cat.input().flush();
                assertThat(first.receive(2)).isEqualTo("hi");
                first.endSending();
                assertThat(first.atEnd()).isTrue();
                assertThat(new String(cat.output().readNBytes(12), ISO_8859_1)).isEqualTo("first second");
                second.reset();
            }
            Await.until("the reset is told", () -> cat.errors().size() == 2);
            assertThat(cat.errors().getLast()).startsWith("matryoshka cat: connection broke: ");
            cat.input().close();
            try (TestClient third = connect(port)) {
                assertThat(third.atEnd()).as("nothing is left to be sent").isTrue();
                cat.signal("TERM");
                assertThat(cat.exitCode()).isZero();
            }
        }
    }

    @Test
    void onAUnixSocket() throws Exception {
        Path path = folder.resolve("cat.sock");
        try (CliProcess server = CliProcess.start("cat", "-l", "-v", "--unix", path.toString())) {
            Await.until("it listens", () -> !server.errors().isEmpty());
            assertThat(server.errors()).containsExactly("matryoshka cat: listening on unix:" + path);
            try (CliProcess client = CliProcess.start("cat", "-U", path.toString())) {
                client.input().write("over a file".getBytes(ISO_8859_1));
                client.input().close();
                server.input().close();
                assertThat(new String(server.output().readAllBytes(), ISO_8859_1))
                        .isEqualTo("over a file");
                assertThat(client.output().readAllBytes()).isEmpty();
                assertThat(client.exitCode()).isZero();
                assertThat(server.exitCode()).isZero();
            }
        }
        assertThat(Files.exists(path)).isFalse();
    }

    /** As in a script without a terminal: the listener has no input, and ends its direction at once. */
    @Test
    void aPeerThatSaysNothingStillGetsTheWholeFile() throws Exception {
        byte[] bytes = new byte[3_000_000];
        new Random(5).nextBytes(bytes);
        Path file = Files.write(folder.resolve("file"), bytes);
        try (ServerSocket listener = listener()) {
            Process cat = new ProcessBuilder(
                            "bash",
                            "-c",
                            "exec " + CliProcess.inShell("cat", "127.0.0.1", String.valueOf(listener.getLocalPort()))
                                    + " < " + file)
                    .redirectErrorStream(true)
                    .start();
            try (Socket peer = listener.accept()) {
                peer.shutdownOutput();
                assertThat(peer.getInputStream().readAllBytes()).isEqualTo(bytes);
                assertThat(cat.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(cat.exitValue()).isZero();
            } finally {
                cat.destroyForcibly();
            }
        }
    }

    @Test
    void datagramsAreAnsweredByWhoListens() throws Exception {
        try (CliProcess server = CliProcess.start("cat", "--udp", "-l", "0")) {
            String port = String.valueOf(listeningPort(server));
            try (CliProcess client = CliProcess.start("cat", "-u", "127.0.0.1", port)) {
                client.input().write("question".getBytes(ISO_8859_1));
                client.input().flush();
                assertThat(new String(server.output().readNBytes(8), ISO_8859_1))
                        .isEqualTo("question");
                server.input().write("answer".getBytes(ISO_8859_1));
                server.input().flush();
                assertThat(new String(client.output().readNBytes(6), ISO_8859_1))
                        .isEqualTo("answer");
                client.input().close();
                assertThat(client.exitCode())
                        .as("silence after the end of input")
                        .isZero();
                assertThat(client.errors()).isEmpty();
            }
            server.signal("TERM");
            assertThat(server.exitCode()).isZero();
        }
    }

    @Test
    void aDatagramIsAtMost1400BytesLongAndNobodyThereIsAFailure() throws Exception {
        try (DatagramSocket peer = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
            peer.setSoTimeout(30_000);
            String port = String.valueOf(peer.getLocalPort());
            try (CliProcess cat = CliProcess.start("cat", "-u", "-w", "3", "127.0.0.1", port)) {
                cat.input().write(new byte[2000]);
                cat.input().flush();
                DatagramPacket packet = new DatagramPacket(new byte[4000], 4000);
                peer.receive(packet);
                assertThat(packet.getLength()).isEqualTo(1400);
                packet.setLength(4000);
                peer.receive(packet);
                assertThat(packet.getLength()).isEqualTo(600);
                assertThat(cat.exitCode()).as("-w with input open").isZero();
            }
            peer.connect(new InetSocketAddress("127.0.0.1", 9)); // it keeps the port, and takes nothing from others
            try (CliProcess cat = CliProcess.start("cat", "-u", "127.0.0.1", port)) {
                cat.input().write('x');
                cat.input().flush();
                assertThat(cat.exitCode()).isEqualTo(1);
                assertThat(cat.errors())
                        .singleElement()
                        .asString()
                        .startsWith("matryoshka cat: 127.0.0.1:" + port + ": ");
            }
        }
    }

    @Test
    void onAnAbstractName() throws Exception {
        String name = "@matryoshka-" + ProcessHandle.current().pid();
        try (CliProcess server = CliProcess.start("cat", "-l", "-v", "--unix", name)) {
            Await.until("it listens", () -> !server.errors().isEmpty());
            try (CliProcess client = CliProcess.start("cat", "-U", name)) {
                client.input().write("by name".getBytes(ISO_8859_1));
                client.input().close();
                assertThat(new String(server.output().readNBytes(7), ISO_8859_1))
                        .isEqualTo("by name");
            }
        }
    }

    @Test
    void overTlsToOpenssl() throws Exception {
        Foreign.makeCertificate(folder);
        String certificate = folder.resolve("cert.pem").toString();
        try (CliProcess openssl = CliProcess.startForeign(
                        "openssl",
                        "s_server",
                        "-accept",
                        "127.0.0.1:0",
                        "-cert",
                        certificate,
                        "-key",
                        folder.resolve("key.pem").toString(),
                        "-rev");
                CliProcess cat = CliProcess.start(
                        "cat", "--tls", "--tls-ca", certificate, "127.0.0.1", String.valueOf(openssl.port()))) {
            cat.input().write("desserts\n".getBytes(ISO_8859_1));
            cat.input().flush();
            assertThat(cat.lines().readLine()).isEqualTo("stressed");
        }
    }

    @Test
    void overTlsFromOpenssl() throws Exception {
        Foreign.makeCertificate(folder);
        String certificate = folder.resolve("cert.pem").toString();
        try (CliProcess cat = CliProcess.start(
                        "cat",
                        "-l",
                        "0",
                        "--tls",
                        "--tls-cert",
                        certificate,
                        "--tls-key",
                        folder.resolve("key.pem").toString());
                CliProcess openssl = CliProcess.startForeign(
                        "openssl",
                        "s_client",
                        "-connect",
                        "127.0.0.1:" + listeningPort(cat),
                        "-CAfile",
                        certificate,
                        "-verify_return_error",
                        "-quiet",
                        "-verify_quiet")) {
            openssl.input().write("secret\n".getBytes(ISO_8859_1));
            openssl.input().flush();
            assertThat(cat.lines().readLine()).isEqualTo("secret");
            cat.input().write("answer\n".getBytes(ISO_8859_1));
            cat.input().flush();
            assertThat(openssl.lines().readLine()).isEqualTo("answer");
        }
    }

    @Test
    void whatCannotBeConnectedFailsInOneLine() throws Exception {
        try (SocketChannel bound =
                SocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) { // and not listening
            int nobody = bound.socket().getLocalPort();
            try (CliProcess cat = CliProcess.start("cat", "127.0.0.1", String.valueOf(nobody))) {
                assertThat(cat.exitCode()).isEqualTo(1);
                assertThat(cat.errors())
                        .singleElement()
                        .asString()
                        .startsWith("matryoshka cat: 127.0.0.1:" + nobody + ": ");
            }
        }
        try (CliProcess cat =
                CliProcess.start("cat", "-U", folder.resolve("nobody").toString())) {
            assertThat(cat.exitCode()).isEqualTo(1);
            assertThat(cat.errors()).singleElement().asString().contains("nobody");
        }
        Foreign.makeCertificate(folder);
        try (ServerSocket listener = listener();
                CliProcess cat = CliProcess.start(
                        "cat", "--tls", "--insecure", "127.0.0.1", String.valueOf(listener.getLocalPort()));
                Socket peer = listener.accept()) {
            peer.getOutputStream().write("no TLS here\r\n".getBytes(ISO_8859_1));
            assertThat(cat.exitCode()).isEqualTo(1);
            assertThat(cat.errors()).singleElement().asString().contains("SSL");
        }
    }

    @Test
    void aResetFailsInOneLine() throws Exception {
        try (ServerSocket listener = listener();
                CliProcess cat = CliProcess.start("cat", "127.0.0.1", String.valueOf(listener.getLocalPort()))) {
            Socket peer = listener.accept();
            peer.setSoLinger(true, 0);
            peer.close();
            assertThat(cat.exitCode()).isEqualTo(1);
            assertThat(cat.errors()).singleElement().asString().contains("ECONNRESET");
        }
    }

    @Test
    void whoStaysSilentForTooLongIsLeft() throws Exception {
        try (ServerSocket listener = listener();
                CliProcess cat =
                        CliProcess.start("cat", "-w", "5", "127.0.0.1", String.valueOf(listener.getLocalPort()));
                Socket peer = listener.accept()) {
            peer.getOutputStream().write('x');
            assertThat(cat.output().read()).isEqualTo('x');
            assertThat(cat.exitCode()).isEqualTo(1);
            assertThat(cat.errors()).singleElement().asString().endsWith("nothing moved for 5 s");
        }
    }

    @Test
    void whenNobodyReadsItsOutputItEnds() throws Exception {
        try (ServerSocket listener = listener();
                CliProcess cat = CliProcess.start("cat", "127.0.0.1", String.valueOf(listener.getLocalPort()));
                Socket peer = listener.accept()) {
            cat.output().close();
            peer.getOutputStream().write(new byte[100]);
            assertThat(cat.exitCode()).isEqualTo(1);
            assertThat(cat.errors()).singleElement().asString().contains("standard output takes no more");
        }
    }

    @Test
    void forAPeerThatNeverReadsInputIsNotReadAndOutputLikewise() throws Exception {
        try (ServerSocket listener = listener();
                CliProcess cat = CliProcess.start("cat", "127.0.0.1", String.valueOf(listener.getLocalPort()))) {
            try (Socket peer = listener.accept()) {
                AtomicLong written = new AtomicLong();
                Thread.ofPlatform().daemon().start(() -> {
                    try {
                        for (byte[] piece = new byte[65_536]; written.get() < Flood.SEND_MAX_BYTES; ) {
                            cat.input().write(piece);
                            written.addAndGet(piece.length);
                        }
                    } catch (IOException ended) {
                        return; // by the end of the test
                    }
                });
                assertThat(stuckAt(written)).isLessThan(Flood.SOCKETS_TAKE_MAX_BYTES);
                assertThat(peer.isConnected()).isTrue();
            }
        }
        try (CliProcess cat = CliProcess.start("cat", "-l", "0")) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), listeningPort(cat));
            try (Flood peer = new Flood(address)) {
                assertThat(peer.sendUntilStuck())
                        .as("nobody reads its output")
                        .isLessThan(Flood.SOCKETS_TAKE_MAX_BYTES);
            }
        }
    }

    /** A count that has not changed for a while, and is above what a pipe holds: its reader has begun. */
    private static long stuckAt(AtomicLong count) throws Exception {
        long[] last = {-1, System.nanoTime()};
        Await.until("it is stuck", () -> {
            if (count.get() != last[0] || last[0] == 0) {
                last[0] = count.get();
                last[1] = System.nanoTime();
            }
            return last[0] > PIPE_BYTES
                    && System.nanoTime() - last[1] > Duration.ofMillis(700).toNanos();
        });
        return count.get();
    }

    @Test
    void aClientOfJavaOnItsUnixSocket() throws Exception {
        Path path = folder.resolve("java.sock");
        try (CliProcess cat = CliProcess.start("cat", "-l", "-v", "-U", path.toString())) {
            Await.until("it listens", () -> !cat.errors().isEmpty());
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                client.write(ByteBuffer.wrap(new byte[] {0, -1, 13, 10, 26}));
            }
            assertThat(cat.output().readAllBytes()).isEqualTo(new byte[] {0, -1, 13, 10, 26});
            assertThat(cat.exitCode()).isZero();
        }
    }
}
