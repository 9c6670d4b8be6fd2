package dev.matryoshka.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.address.Datagram;
import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.DatagramEndpoint;
import dev.matryoshka.transport.DatagramOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: datagrams of every size go whole between asyncio's endpoint and ours. Method: one at a time, each wanted back, so that
 * none is lost to a full queue.
 */
@ExtendWith(LeakCheck.class)
@Proves({"create_datagram_endpoint", "S-2"})
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PythonDatagramTest {
    private static final String SCRIPT = "datagrams.py";
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    /** With the largest that fits into UDP. Not empty: asyncio 3.11 does not send those. */
    private static final int[] SIZES = {1, 2, 100, 1472, 9000, 65_507};

    @TempDir
    Path directory;

    // ---- it sends first -------------------------------------------------------------------------------------------

    private static void assertAllCameBack(TestLoop on, String where) throws Exception {
        try (Program python = Program.python(SCRIPT, "client", List.of(where))) {
            assertThat(python.awaitEnd(on).lines()).containsExactly("done 106");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void itsEndpointIsAnsweredByOurProtocol(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramEndpoint<HeardDatagrams.Echo> ours = on.loop.createDatagramEndpoint(
                        HeardDatagrams.Echo::new, DatagramOptions.defaults().withLocal(ANY_PORT));
                assertAllCameBack(on, "udp:" + port(ours.transport().localAddress()));
                ours.transport().close();
                on.until("it is lost", ours.protocol()::isLost);
                assertThat(ours.protocol().errors).isEmpty();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves("W8")
    void itsEndpointIsAnsweredByOurStream(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramStream ours =
                        on.loop.openDatagrams(DatagramOptions.defaults().withLocal(ANY_PORT));
                Task<?> echoing = on.loop.createTask(() -> {
                    for (Datagram datagram; (datagram = ours.receive()) != null; ) {
                        ours.send(datagram.bytes(), datagram.sender());
                    }
                });
                assertAllCameBack(on, "udp:" + port(ours.localAddress()));
                ours.close();
                ours.waitClosed();
                echoing.await();
                assertThat(ours.droppedDatagrams()).isZero();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves({"sock_recvfrom", "sock_sendto"})
    void itsEndpointIsAnsweredByOurSocket(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket ours = on.loop.openDatagramSocket(StandardProtocolFamily.INET)) {
                    ours.bind(ANY_PORT);
                    Task<?> echoing = on.loop.createTask(() -> echoForEver(ours));
                    assertAllCameBack(on, "udp:" + port(ours.localAddress()));
                    echoing.cancel();
                    on.until("the echo has ended", echoing::isDone);
                }
            });
        }
    }

    @Test
    void itsUnixEndpointIsAnsweredByOurs() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Path path = directory.resolve("d");
                DatagramEndpoint<HeardDatagrams.Echo> ours = on.loop.createDatagramEndpoint(
                        HeardDatagrams.Echo::new,
                        DatagramOptions.defaults().withLocal(UnixDomainSocketAddress.of(path)));
                assertAllCameBack(on, "unix:" + path);
                ours.transport().close();
                on.until("it is lost", ours.protocol()::isLost);
            });
        }
    }

    private static void echoForEver(AsyncDatagramSocket socket) throws IOException, InterruptedException {
        while (true) {
            Datagram datagram = socket.recvFrom(64 * 1024);
            socket.sendTo(datagram.bytes(), datagram.sender());
        }
    }

    private static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    // ---- it answers -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void itAnswersOurStreamAndOurSocket(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (Program python = Program.python(SCRIPT, "server", List.of("udp"))) {
                    InetSocketAddress its = new InetSocketAddress("127.0.0.1", python.awaitPorts(on)[0]);
                    DatagramStream stream =
                            on.loop.openDatagrams(DatagramOptions.defaults().withRemote(its));
                    for (int size : SIZES) {
                        stream.send(Bytes.numbered(size));
                        assertThat(on.within("the answer to " + size + " bytes", stream::receive)
                                        .bytes())
                                .isEqualTo(Bytes.numbered(size));
                    }
                    stream.close();
                    stream.waitClosed();
                    try (AsyncDatagramSocket socket = on.loop.openDatagramSocket(StandardProtocolFamily.INET)) {
                        for (int size : SIZES) {
                            socket.sendTo(Bytes.numbered(size), its);
                            Datagram answer =
                                    on.within("the answer to " + size + " bytes", () -> socket.recvFrom(64 * 1024));
                            assertThat(answer.bytes()).isEqualTo(Bytes.numbered(size));
                            assertThat(answer.sender()).isEqualTo(its);
                        }
                    }
                }
            });
        }
    }

    @Test
    void itsUnixServerAnswersOurStream() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Path path = directory.resolve("d");
                try (Program python = Program.python(SCRIPT, "server", List.of("unix:" + path))) {
                    python.awaitPorts(on);
                    DatagramStream stream = on.loop.openDatagrams(DatagramOptions.defaults()
                            .withLocal(UnixDomainSocketAddress.of(directory.resolve("own")))
                            .withRemote(UnixDomainSocketAddress.of(path)));
                    for (int size : SIZES) {
                        stream.send(Bytes.numbered(size));
                        assertThat(on.within("the answer to " + size + " bytes", stream::receive)
                                        .bytes())
                                .isEqualTo(Bytes.numbered(size));
                    }
                    stream.close();
                    stream.waitClosed();
                }
            });
        }
    }
}
