package dev.matryoshka.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.StreamEchoes;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: windows that are written on, whole or in parts, once or to several peers, arrive as the bytes that were read, however slow
 * a peer is and whatever the reader does meanwhile; and nobody's chunk is held for a peer that takes nothing.
 *
 * <p>Method: seeded relays between streams, which echo what they read and pass it on to two others, over every kernel.
 */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RelayTest {
    private static final String HOST = "127.0.0.1";
    private static final int SEEDS = 4;
    private static final int AMOUNT_MAX = 300_000;
    private static final int LINE_MAX = 300;

    @TempDir
    Path directory;

    /** Takes what comes in its own time. */
    private static byte[] drink(StreamReader in, Random random) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] some; (some = in.read(1 + random.nextInt(40_000))).length > 0; ) {
            all.writeBytes(some);
            pause(random, 3);
        }
        return all.toByteArray();
    }

    private static void pause(Random random, int passesMax) throws InterruptedException {
        for (int i = random.nextInt(passesMax + 1); i > 0; i--) {
            Task.yield();
        }
    }

    private static boolean relay(StreamReader in, List<StreamWriter> outs, Random random) throws Exception {
        while (true) {
            ByteBuffer window = switch (random.nextInt(4)) {
                case 0 -> in.read();
                case 1 -> ByteBuffer.wrap(in.read(1 + random.nextInt(500)));
                default -> in.nextLine();
            };
            if (!window.hasRemaining()) {
                return true;
            }
            int start = window.position();
            for (StreamWriter out : outs) {
                write(out, window.position(start), random);
            }
            pause(random, random.nextInt(3));
        }
    }

    private static void write(StreamWriter out, ByteBuffer window, Random random) throws Exception {
        int end = window.limit();
        switch (random.nextInt(6)) {
            case 0 -> out.writeLines(List.of(window));
            case 1 -> out.write(window.duplicate());
            case 2 -> {
                while (window.position() < end) {
                    out.write(window.limit(window.position() + 1 + random.nextInt(end - window.position())));
                    window.limit(end);
                }
            }
            case 3 -> {
                out.write(window.limit(window.position() + window.remaining() / 2));
                byte[] rest = new byte[end - window.position()];
                window.limit(end).get(rest);
                out.write(rest);
            }
            default -> out.write(window);
        }
    }

    private static byte[] lines(Random random, int amount) {
        byte[] data = Bytes.numbered(amount);
        for (int i = 0; i < amount; i += 1 + random.nextInt(LINE_MAX)) {
            data[i] = '\n';
        }
        return data;
    }

    @ParameterizedTest
    @EnumSource
    void everyPeerGetsEveryByte(Net net) throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            byte[] data = lines(random, Math.min(net.amount(), AMOUNT_MAX));
            try (TestLoop on = TestLoop.over(net)) {
                on.run(() -> relayed(on, data, random));
            }
        }
    }

    private static void relayed(TestLoop on, byte[] data, Random random) throws Exception {
        List<byte[]> sunk = new ArrayList<>();
        Server sinks = Streams.startServer(on.loop, (in, out) -> sunk.add(drink(in, random)), HOST, 0);
        Server relay = Streams.startServer(
                on.loop,
                (in, out) -> {
                    StreamConnection one = Streams.openConnection(on.loop, HOST, sinks.port());
                    StreamConnection other = Streams.openConnection(on.loop, HOST, sinks.port());
                    relay(in, List.of(one.writer(), out, other.writer()), random);
                    one.close();
                    other.close();
                    one.writer().waitClosed();
                    other.writer().waitClosed();
                },
                HOST,
                0);
        StreamConnection client = Streams.openConnection(on.loop, HOST, relay.port());
        Task<byte[]> echo = on.loop.createTask(() -> drink(client.reader(), random));
        for (int from = 0; from < data.length; ) {
            int to = Math.min(data.length, from + 1 + random.nextInt(random.nextBoolean() ? 200 : 20_000));
            client.writer().write(data, from, to - from);
            from = to;
            pause(random, 2);
        }
        client.writer().writeEof();
        assertThat(echo.await()).as("what came back").isEqualTo(data);
        client.close();
        client.writer().waitClosed();
        on.until("both others have all", () -> sunk.size() == 2);
        assertThat(sunk.get(0)).as("what the one got").isEqualTo(data);
        assertThat(sunk.get(1)).as("what the other got").isEqualTo(data);
        for (Server server : List.of(relay, sinks)) {
            server.close();
            server.waitClosed();
        }
    }

    /** Each of them comes while the line before it has not left yet, and its window is over. */
    @ParameterizedTest
    @EnumSource
    void aFileMoreBytesAndTheCloseStandBehindALine(Net net) throws Exception {
        byte[] content = Bytes.numbered(net.amount() / 20 + 1);
        Path path = Files.write(directory.resolve("file"), content);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = Streams.startServer(
                        on.loop,
                        (in, out) -> {
                            out.write(in.nextLine());
                            out.sendFile(path);
                            out.write(in.nextLine());
                            out.write(ByteBuffer.allocateDirect(10_000));
                            out.write(in.nextLine());
                            in.read(0);
                            out.close();
                        },
                        HOST,
                        0);
                StreamConnection client = Streams.openConnection(on.loop, HOST, server.port());
                client.writer().write("one\ntwo\nthree\n".getBytes());
                assertThat(client.reader().readExactly(4)).isEqualTo("one\n".getBytes());
                assertThat(client.reader().readExactly(content.length)).isEqualTo(content);
                assertThat(client.reader().readExactly(4)).isEqualTo("two\n".getBytes());
                assertThat(client.reader().readExactly(10_000)).isEqualTo(new byte[10_000]);
                assertThat(client.reader().read(-1)).isEqualTo("three\n".getBytes());
                client.close();
                server.close();
                server.waitClosed();
            });
        }
    }

    /** Its reader goes on to the handshake. */
    @ParameterizedTest
    @EnumSource
    void tlsStartsBehindALine(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = Streams.startServer(
                        on.loop,
                        (in, out) -> {
                            out.write(in.nextLine());
                            out.startTls(Certificates.server());
                            StreamEchoes.echo(in, out);
                        },
                        HOST,
                        0);
                StreamConnection client = Streams.openConnection(on.loop, HOST, server.port());
                client.writer().write("go\n".getBytes());
                assertThat(client.reader().readLine()).isEqualTo("go\n".getBytes());
                client.writer().startTls(Certificates.client().withServerName("localhost"));
                client.writer().write("secret\n".getBytes());
                assertThat(client.reader().readLine()).isEqualTo("secret\n".getBytes());
                client.close();
                client.writer().waitClosed();
                server.close();
                server.waitClosed();
            });
        }
    }

    /** Lines are small, so that none is sent directly; the reader goes on while they wait for a peer that does not read. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aStuckPeerHoldsNoChunkOfAReader(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                List<StreamWriter> stuck = new ArrayList<>();
                Server sink = Streams.startServer(
                        on.loop,
                        (in, out) -> {
                            out.transport().pauseReading();
                            stuck.add(out);
                            out.waitClosed();
                        },
                        HOST,
                        0);
                StreamConnection to = Streams.openConnection(on.loop, HOST, sink.port());
                on.until("the peer stops", () -> !stuck.isEmpty());
                Server relay = Streams.startServer(
                        on.loop,
                        (in, out) -> {
                            for (ByteBuffer line; (line = in.nextLine()).hasRemaining(); ) {
                                to.writer().transport().write(line);
                            }
                        },
                        HOST,
                        0);
                StreamConnection from = Streams.openConnection(on.loop, HOST, relay.port());
                byte[] lines = new byte[7_000];
                lines[3_000] = '\n';
                lines[6_999] = '\n';
                for (int i = 0; i < 5_000 && to.writer().transport().writeBufferSize() == 0; i++) {
                    from.writer().write(lines);
                    on.passes(2);
                }
                assertThat(to.writer().transport().writeBufferSize()).isPositive();
                assertThat(on.engine.readChunks().inUse()).as("readers' chunks").isZero();
                from.writer().write(lines);
                on.passes(5);
                assertThat(on.engine.readChunks().inUse()).as("readers' chunks").isZero();
                to.writer().transport().abort();
                stuck.getFirst().transport().abort();
                from.close();
                from.writer().waitClosed();
                for (Server server : List.of(relay, sink)) {
                    server.close();
                    server.waitClosed();
                }
            });
        }
    }
}
