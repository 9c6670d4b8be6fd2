package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.EventLoop;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Spent;
import dev.matryoshka.support.StreamEchoes;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what a message costs, in system calls, objects, memory and patience of the others. Method: counters, which have no
 * noise; both ends are streams on one loop.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StreamCostTest {
    private static final String HOST = "127.0.0.1";
    private static final int MESSAGE_BYTES = 1000;

    /** 64 for each end: a small object may be left, as long as the compiler has not seen the whole path. */
    private static final int BYTES_PER_ECHO_MAX = 2 * 64;

    /** A receive of many lines may cost the kernel an object or two. */
    private static final int BYTES_PER_LINE_MAX = 4;

    private interface Talk {
        void with(TestLoop on, StreamConnection client) throws Exception;
    }

    private static void served(TestLoop on, StreamHandler handler, Talk talk) throws Exception {
        on.run(() -> {
            Server server = Streams.startServer(on.loop, handler, HOST, 0);
            StreamConnection client = Streams.openConnection(on.loop, HOST, server.port());
            talk.with(on, client);
            client.close();
            client.writer().waitClosed();
            server.close();
            server.waitClosed();
        });
    }

    private static void echoLines(StreamReader reader, StreamWriter writer) throws Exception {
        for (ByteBuffer line; (line = reader.nextLine()).hasRemaining(); ) {
            writer.write(line);
        }
    }

    private static void converse(StreamConnection client, ByteBuffer question, int messages) throws Exception {
        for (int i = 0; i < messages; i++) {
            client.writer().write(question.rewind());
            for (int missing = question.limit(); missing > 0; ) {
                missing -= client.reader().read().remaining();
            }
        }
    }

    private static void converseInLines(StreamConnection client, ByteBuffer lines, int messages) throws Exception {
        for (int i = 0; i < messages; i++) {
            client.writer().write(lines.rewind());
            for (int missing = lines.limit(); missing > 0; ) {
                missing -= client.reader().nextLine().remaining();
            }
        }
    }

    private static ByteBuffer message() {
        return ByteBuffer.allocateDirect(MESSAGE_BYTES)
                .put(pattern(MESSAGE_BYTES))
                .flip();
    }

    private static ByteBuffer lines() {
        byte[] lines = new byte[64 * 64];
        for (int i = 63; i < lines.length; i += 64) {
            lines[i] = '\n';
        }
        return ByteBuffer.allocateDirect(lines.length).put(lines).flip();
    }

    @Proves("S-69")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anEchoIsOneReceiveAndOneSend(Net net) throws Exception {
        try (TestLoop testLoop = TestLoop.over(net)) {
            served(testLoop, StreamEchoes::echo, (on, client) -> {
                converse(client, message(), 10);
                SystemCalls before = on.calls();
                converse(client, message(), 500);
                SystemCalls spent = on.calls().since(before);
                assertThat(spent.recv).as("receives of both ends").isEqualTo(1000);
                assertThat(spent.send).as("sends of both ends").isEqualTo(1000);
                assertThat(spent.control).as("changes of registrations").isZero();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void linesOfOneReceiveAreAnsweredInOneSend(Net net) throws Exception {
        try (TestLoop testLoop = TestLoop.over(net)) {
            served(testLoop, StreamCostTest::echoLines, (on, client) -> {
                converseInLines(client, lines(), 10);
                SystemCalls before = on.calls();
                converseInLines(client, lines(), 100);
                SystemCalls spent = on.calls().since(before);
                assertThat(spent.send).as("sends of both ends").isEqualTo(200);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aWindowThatIsWrittenAsItIsIsNotCopied(Net net) throws Exception {
        for (StreamHandler handler : List.<StreamHandler>of(StreamEchoes::echo, StreamCostTest::echoLines)) {
            try (TestLoop on = TestLoop.over(net)) {
                on.run(() -> {
                    Server server = Streams.startServer(on.loop, handler, HOST, 0);
                    try (Peer peer = Peer.connect(on, server.port())) {
                        for (int i = 1; i <= 10; i++) {
                            peer.send("one\ntwo\nthree\n");
                            peer.readUntil(14 * i);
                        }
                        assertThat(on.engine.chunks().made())
                                .as("chunks for copies")
                                .isZero();
                        peer.shutdownOutput();
                        assertThat(new String(peer.readToEof())).isEqualTo("one\ntwo\nthree\n".repeat(10));
                    }
                    server.close();
                    server.waitClosed();
                });
            }
        }
    }

    @Test
    void aMessageCostsNoObject() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (TestLoop testLoop = TestLoop.unchecked(Net.EPOLL.provider())) {
            served(testLoop, StreamEchoes::echo, (on, client) -> {
                ByteBuffer message = message();
                assertThat(Spent.bytesPerMessage(on, 5_000, BYTES_PER_ECHO_MAX, () -> converse(client, message, 5_000)))
                        .as("bytes allocated per echo, both ends")
                        .isLessThan(BYTES_PER_ECHO_MAX);
            });
        }
    }

    @Test
    void aLineCostsNoObject() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (TestLoop testLoop = TestLoop.unchecked(Net.EPOLL.provider())) {
            served(testLoop, StreamCostTest::echoLines, (on, client) -> {
                ByteBuffer lines = lines();
                assertThat(Spent.bytesPerMessage(
                                on, 64_000, BYTES_PER_LINE_MAX, () -> converseInLines(client, lines, 1_000)))
                        .as("bytes allocated per line, both ends")
                        .isLessThan(BYTES_PER_LINE_MAX);
            });
        }
    }

    @Test
    void idleConnectionsHoldNoChunk() throws Exception {
        try (TestLoop testLoop = TestLoop.over(Net.MEMORY)) {
            testLoop.run(() -> {
                EventLoop loop = testLoop.loop;
                Server server = Streams.startServer(loop, StreamEchoes::echo, HOST, 0);
                List<StreamConnection> clients = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    StreamConnection client = Streams.openConnection(loop, HOST, server.port());
                    converse(client, message(), 1);
                    clients.add(client);
                }
                // Each client's last window is still lent; the servers' are not, they wait.
                assertThat(testLoop.engine.readChunks().inUse()).isEqualTo(200);
                for (StreamConnection client : clients) {
                    client.close();
                }
                assertThat(testLoop.engine.readChunks().inUse()).isZero();
                server.close();
                server.waitClosed();
            });
        }
    }

    @Test
    void aTaskThatNeverHasToWaitLetsTheOthersRun() throws Exception {
        StreamRig.run(rig -> {
            int[] others = {0};
            rig.loop.callSoon(() -> others[0]++);
            Task<Boolean> writer = rig.loop.createTask(() -> {
                ByteBuffer piece = ByteBuffer.allocate(1024);
                while (others[0] == 0) {
                    rig.writer.write(piece.rewind());
                }
                return true;
            });
            assertThat(writer.await()).isTrue();
            assertThat(rig.transport.sent().length).isLessThan(1024 * 1024);
        });
    }

    @Test
    void aTaskThatNeverHasToWaitCanBeCancelled() throws Exception {
        StreamRig.run(rig -> {
            Task<Boolean> writer = rig.loop.createTask(() -> {
                ByteBuffer piece = ByteBuffer.allocate(1024);
                while (true) {
                    rig.writer.write(piece.rewind());
                }
            });
            rig.pass();
            writer.cancel();
            rig.pass();
            rig.pass();
            assertThat(writer.isCancelled()).isTrue();
        });
    }
}
