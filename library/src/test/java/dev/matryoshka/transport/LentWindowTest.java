package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.engine.ChunkPool;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.ScarceMemory;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what a receiving callback writes of its window arrives as it was, in whatever parts and beside whatever else, to its own peer
 * and to others, although the memory under it is received into again at once; written as it is it is not copied.
 *
 * <p>Method: echoes with seeded ways of writing over every kernel; the count of chunks for writes; a kernel without memory.
 */
@ExtendWith(LeakCheck.class)
class LentWindowTest {
    private static final int SEEDS = 4;
    private static final int AMOUNT_MAX = 300_000;

    private static void write(Transport to, ByteBuffer window, Random random) {
        int end = window.limit();
        switch (random.nextInt(5)) {
            case 0 -> to.writeLines(List.of(window));
            case 1 -> to.write(window.duplicate());
            case 2 -> {
                while (window.position() < end) {
                    int some = Math.min(end - window.position(), 1 + random.nextInt(10_000));
                    to.write(window.limit(window.position() + some));
                    window.limit(end);
                }
            }
            case 3 -> {
                to.write(window.limit(window.position() + window.remaining() / 2));
                byte[] rest = new byte[end - window.position()];
                window.limit(end).get(rest);
                to.write(rest);
            }
            default -> to.write(window);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEchoAndACopyToAnotherAreWhatCame(Net net) throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            byte[] data = Bytes.numbered(Math.min(net.amount(), AMOUNT_MAX));
            try (TestLoop on = TestLoop.over(net)) {
                on.run(() -> {
                    Pair other = Pair.open(on);
                    Recorder echo = new Recorder();
                    echo.atData = window -> {
                        int start = window.position();
                        write(other.serverTransport(), window, random);
                        write(echo.transport(), window.position(start), random);
                    };
                    Pair pair = Pair.open(on, new Recorder(), echo);
                    for (int from = 0; from < data.length; ) {
                        int to = Math.min(data.length, from + 1 + random.nextInt(random.nextBoolean() ? 200 : 20_000));
                        pair.clientTransport().write(Bytes.part(data, from, to));
                        from = to;
                        pace(pair.clientTransport(), random);
                        pace(other.clientTransport(), random);
                        on.passes(random.nextInt(3));
                    }
                    pair.clientTransport().resumeReading();
                    other.clientTransport().resumeReading();
                    on.until("all came back", () -> pair.client().heard.count() >= data.length);
                    on.until("all reached the other", () -> other.client().heard.count() >= data.length);
                    assertThat(pair.client().heard.bytes()).isEqualTo(data);
                    assertThat(other.client().heard.bytes()).isEqualTo(data);
                    pair.end(on);
                    other.end(on);
                });
            }
        }
    }

    private static void pace(Transport slow, Random random) {
        if (random.nextInt(4) == 0) {
            slow.pauseReading();
        } else {
            slow.resumeReading();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aSmallEchoIsNotCopied(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            Recorder server = new Recorder();
            server.atData = data -> server.transport().write(data);
            on.run(() -> {
                Server listener = on.loop.createServer(() -> server, "127.0.0.1", 0);
                try (Peer peer = Peer.connect(on, listener.port())) {
                    for (int i = 1; i <= 10; i++) {
                        peer.send("hello");
                        assertThat(peer.readUntil(5 * i)).hasSize(5 * i);
                    }
                    assertThat(on.engine.chunks().made())
                            .as("chunks for copies")
                            .isZero();
                    peer.shutdownOutput();
                    peer.readToEof();
                }
                listener.close();
                listener.waitClosed();
            });
        }
    }

    /** What was written cannot be sent any more, and nothing is left of the loan. */
    @ParameterizedTest
    @EnumSource
    void aCallbackThatFailsBehindItsWriteEndsTheConnection(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Recorder failing = new Recorder();
                failing.atData = data -> {
                    failing.transport().write(data);
                    throw new IllegalStateException("for the test");
                };
                Pair pair = Pair.open(on, new Recorder(), failing);
                pair.clientTransport().write(new byte[] {7});
                on.until("it is lost", failing.heard::isLost);
                assertThat(failing.transport().droppedBytes()).isOne();
                assertThat(on.reported()).hasSize(1);
                pair.end(on);
            });
        }
    }

    /** The peer takes a part; without memory for the rest the connection ends, rather than to send what came later in its place. */
    @Test
    void withoutMemoryForWhatThePeerDoesNotTakeTheConnectionEnds() throws Exception {
        int room = roomOfAStuckPeer() - 1_000;
        ScarceMemory memory = new ScarceMemory(new MemoryNetwork(), ChunkPool.WRITE_BYTES);
        try (TestLoop on = TestLoop.over(memory)) {
            on.run(() -> {
                Recorder echo = new Recorder();
                echo.atData = window -> writeInParts(echo.transport(), window);
                Pair pair = Pair.open(on, new Recorder(), echo);
                pair.clientTransport().pauseReading();
                echo.transport().write(Bytes.direct(new byte[room]));
                assertThat(echo.transport().writeBufferSize()).isZero();
                memory.isUsedUp = true;
                pair.clientTransport().write(Bytes.direct(Bytes.numbered(20_000)));
                on.until("the echo is lost", echo.heard::isLost);
                assertThat(echo.heard.reason()).isInstanceOf(OutOfMemoryError.class);
                assertThat(echo.transport().droppedBytes()).isEqualTo(19_000);
                assertThat(on.reported())
                        .singleElement()
                        .satisfies(context -> assertThat(context.exception()).isInstanceOf(OutOfMemoryError.class));
                pair.end(on);
            });
        }
    }

    /** The same with memory: what the peer has not taken is still what was written, whatever is received afterwards. */
    @Test
    void whatThePeerDoesNotTakeIsNotOverwritten() throws Exception {
        int room = roomOfAStuckPeer() - 1_000;
        byte[] data = Bytes.numbered(20_000);
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Recorder echo = new Recorder();
                echo.atData = window -> writeInParts(echo.transport(), window);
                Pair pair = Pair.open(on, new Recorder(), echo);
                Pair other = Pair.open(on);
                pair.clientTransport().pauseReading();
                echo.transport().write(Bytes.direct(new byte[room]));
                pair.clientTransport().write(Bytes.direct(data));
                on.until("it was received", () -> echo.heard.count() == data.length);
                other.clientTransport().write(new byte[data.length]);
                on.until(
                        "other bytes lie where it lay",
                        () -> other.server().heard.count() == data.length);
                pair.clientTransport().resumeReading();
                on.until("all came back", () -> pair.client().heard.count() == room + data.length);
                byte[] all = pair.client().heard.bytes();
                assertThat(Arrays.copyOfRange(all, room, all.length)).isEqualTo(data);
                pair.end(on);
                other.end(on);
            });
        }
    }

    /** None is large enough to be sent directly. */
    private static void writeInParts(Transport to, ByteBuffer window) {
        for (int end = window.limit(); window.position() < end; window.limit(end)) {
            to.write(window.limit(Math.min(end, window.position() + 7_000)));
        }
    }

    /** How many bytes a connection takes whose peer does not read. */
    private static int roomOfAStuckPeer() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            return on.call(() -> {
                Pair pair = Pair.open(on);
                pair.clientTransport().pauseReading();
                pair.serverTransport().write(Bytes.direct(new byte[1 << 22]));
                int room = (1 << 22) - pair.serverTransport().writeBufferSize();
                pair.end(on);
                return room;
            });
        }
    }
}
