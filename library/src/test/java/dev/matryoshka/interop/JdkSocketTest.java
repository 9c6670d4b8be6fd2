package dev.matryoshka.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: the JDK's own sockets at the other end. Method: SSLSocket and SSLServerSocket on a plain thread. */
@ExtendWith(LeakCheck.class)
class JdkSocketTest {
    private static final String HOST = "127.0.0.1";

    static Stream<Arguments> netsAndVersions() {
        return Net.real().flatMap(net -> Stream.of("TLSv1.3", "TLSv1.2").map(version -> Arguments.of(net, version)));
    }

    private static <T> FutureTask<T> onAThread(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().daemon().name("a blocking peer").start(task);
        return task;
    }

    @ParameterizedTest
    @MethodSource("netsAndVersions")
    @Proves("create_server")
    void itsSocketTalksToOurServer(Net net, String version) throws Exception {
        byte[] sent = Bytes.numbered(300_000);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.startServer(
                        (reader, writer) -> {
                            for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
                                writer.write(data);
                            }
                        },
                        HOST,
                        0,
                        Certificates.server());
                int port = server.port();
                FutureTask<byte[]> echoed = onAThread(() -> talk(port, version, sent));
                on.until("it has its echo", echoed::isDone);
                assertThat(echoed.get()).isEqualTo(sent);
                server.close();
                server.waitClosed();
            });
        }
    }

    private static byte[] talk(int port, String version, byte[] sent) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) Certificates.client().context().getSocketFactory().createSocket(HOST, port)) {
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            socket.getOutputStream().write(sent, 0, 1);
            byte[] echoed = new byte[sent.length];
            socket.getInputStream().readNBytes(echoed, 0, 1);
            for (int from = 1; from < sent.length; from += 10_000) {
                int count = Math.min(10_000, sent.length - from);
                socket.getOutputStream().write(sent, from, count);
                socket.getInputStream().readNBytes(echoed, from, count);
            }
            return echoed;
        }
    }

    @ParameterizedTest
    @MethodSource("netsAndVersions")
    @Proves("create_connection")
    void ourClientTalksToItsServer(Net net, String version) throws Exception {
        try (TestLoop on = TestLoop.over(net);
                SSLServerSocket listening = (SSLServerSocket) Certificates.server()
                        .context()
                        .getServerSocketFactory()
                        .createServerSocket(0, 5, InetAddress.ofLiteral(HOST))) {
            listening.setEnabledProtocols(new String[] {version});
            FutureTask<String> heard = onAThread(() -> {
                try (SSLSocket socket = (SSLSocket) listening.accept()) {
                    byte[] line = socket.getInputStream().readNBytes(6);
                    socket.getOutputStream().write("world\n".getBytes(US_ASCII));
                    int end = socket.getInputStream().read();
                    return new String(line, US_ASCII) + end;
                }
            });
            on.run(() -> {
                StreamConnection connection =
                        on.loop.openConnection(HOST, listening.getLocalPort(), Certificates.client());
                connection.writer().write("hello\n", US_ASCII);
                assertThat(connection.reader().readLine(US_ASCII)).isEqualTo("world");
                connection.close();
                connection.writer().waitClosed();
                on.until("it has ended", heard::isDone);
            });
            assertThat(heard.get()).isEqualTo("hello\n-1");
        }
    }
}
