package dev.matryoshka.contract;

import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: bytes arrive as they were sent, whatever kind of buffer they lie in. Method: {@link KernelContract}; the sockets are asked
 * directly, so that each answer of a try call is seen.
 */
class KernelBytesTest extends KernelContract {
    private static final String TEXT = "the quick brown fox";
    private static final byte UNTOUCHED = '.';

    /** Every kind of buffer with the text in it, positioned in the middle of something else. */
    private static Map<String, ByteBuffer> sources() {
        byte[] framed = ("<<<" + TEXT + ">>>").getBytes(US_ASCII);
        ByteBuffer heap = ByteBuffer.wrap(framed, 3, TEXT.length());
        ByteBuffer direct = ByteBuffer.allocateDirect(framed.length).put(framed);
        direct.limit(3 + TEXT.length()).position(3);
        Map<String, ByteBuffer> sources = new LinkedHashMap<>();
        sources.put("heap", heap.duplicate());
        sources.put("direct", direct.duplicate());
        sources.put("slice of heap", heap.slice());
        sources.put("slice of direct", direct.slice());
        sources.put("read-only heap", heap.asReadOnlyBuffer());
        sources.put("read-only direct", direct.asReadOnlyBuffer());
        sources.put("slice of read-only heap", heap.asReadOnlyBuffer().slice());
        return sources;
    }

    /** Every kind of buffer with room for 30 bytes from index 5, where it is positioned. */
    private static Map<String, ByteBuffer> targets() {
        Map<String, ByteBuffer> targets = new LinkedHashMap<>();
        targets.put("heap", dotted(ByteBuffer.allocate(40)));
        targets.put("direct", dotted(ByteBuffer.allocateDirect(40)));
        targets.put("slice of heap", dotted(ByteBuffer.allocate(60).slice(10, 40)));
        targets.put("slice of direct", dotted(ByteBuffer.allocateDirect(60).slice(10, 40)));
        return targets;
    }

    private static ByteBuffer dotted(ByteBuffer buffer) {
        while (buffer.hasRemaining()) {
            buffer.put(UNTOUCHED);
        }
        return buffer.limit(35).position(5);
    }

    private static String text(ByteBuffer buffer, int from, int to) {
        byte[] bytes = new byte[to - from];
        buffer.get(from, bytes);
        return new String(bytes, US_ASCII);
    }

    @Test
    void everyKindOfBufferCanBeSentAndIsAdvanced() throws IOException {
        Pair pair = pair();
        for (Map.Entry<String, ByteBuffer> source : sources().entrySet()) {
            ByteBuffer buffer = source.getValue();
            int limit = buffer.limit();
            assertThat(pair.client().socket.trySend(buffer)).as(source.getKey()).isEqualTo(TEXT.length());
            assertThat(buffer.position()).as(source.getKey()).isEqualTo(limit);
            assertThat(buffer.limit()).as(source.getKey()).isEqualTo(limit);
            assertThat(driver.receive(pair.server(), TEXT.length()))
                    .as(source.getKey())
                    .asString()
                    .isEqualTo(TEXT);
        }
    }

    @Test
    void everyKindOfBufferCanReceiveAndOnlyItsRoomIsWritten() throws IOException {
        Pair pair = pair();
        for (Map.Entry<String, ByteBuffer> target : targets().entrySet()) {
            driver.send(pair.client(), TEXT);
            driver.until("readable", () -> pair.server().readable());
            ByteBuffer buffer = target.getValue();
            assertThat(pair.server().receive(buffer)).as(target.getKey()).isEqualTo(TEXT.length());
            assertThat(buffer.position()).as(target.getKey()).isEqualTo(5 + TEXT.length());
            assertThat(buffer.limit()).as(target.getKey()).isEqualTo(35);
            assertThat(text(buffer.clear(), 0, 40))
                    .as(target.getKey())
                    .isEqualTo("....." + TEXT + ".".repeat(40 - 5 - 19));
        }
    }

    @Test
    void aFullBufferReceivesWhatFitsAndTheRestStays() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "abcdef");
        driver.until("readable", () -> pair.server().readable());
        for (Map.Entry<String, ByteBuffer> target : targets().entrySet()) {
            if (target.getKey().startsWith("slice")) {
                ByteBuffer buffer = target.getValue().limit(8);
                assertThat(pair.server().socket.tryRecv(buffer)).isEqualTo(3);
                assertThat(buffer.hasRemaining()).isFalse();
            }
        }
        assertThat(pair.server().socket.tryRecv(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
    }

    @Test
    void chunksMoveExactlyTheirRange() throws IOException {
        Pair pair = pair();
        Chunk from = kernel.allocate(64);
        Chunk to = kernel.allocate(64);
        assertThat(from.capacity()).isEqualTo(64);
        from.bytes().clear().put(("<<<" + TEXT + ">>>").getBytes(US_ASCII));
        dotted(to.bytes().clear());
        to.bytes().limit(2).position(1); // scratch: whatever stands there is no concern of the call
        assertThat(pair.client().socket.trySend(from, 3, TEXT.length())).isEqualTo(TEXT.length());
        driver.until("readable", () -> pair.server().readable());
        assertThat(pair.server().socket.tryRecv(to, 5, 50)).isEqualTo(TEXT.length());
        to.bytes().clear();
        assertThat(text(to.bytes(), 0, 30)).isEqualTo("....." + TEXT + "......");
        assertThat(pair.server().socket.tryRecv(to, 0, 64)).isEqualTo(WOULD_BLOCK);
    }

    @Test
    void theLastByteOfAChunkCanBeUsed() throws IOException {
        Pair pair = pair();
        Chunk chunk = kernel.allocate(16);
        chunk.bytes().put(15, (byte) 'x');
        assertThat(pair.client().socket.trySend(chunk, 15, 1)).isEqualTo(1);
        chunk.bytes().put(15, (byte) 0);
        driver.until("readable", () -> pair.server().readable());
        assertThat(pair.server().socket.tryRecv(chunk, 15, 1)).isEqualTo(1);
        assertThat(chunk.bytes().get(15)).isEqualTo((byte) 'x');
    }

    @Test
    void aRangeOutsideOfTheChunkIsRefusedBeforeAnythingHappens() throws IOException {
        Pair pair = pair();
        Chunk chunk = kernel.allocate(16);
        NonBlockingSocket socket = pair.client().socket;
        assertThatThrownBy(() -> socket.trySend(chunk, 10, 7)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> socket.trySend(chunk, -1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> socket.tryRecv(chunk, 16, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> socket.tryRecv(chunk, 0, Integer.MAX_VALUE))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> socket.trySend(chunk, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> socket.tryRecv(chunk, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        driver.send(pair.client(), "fine");
        assertThat(driver.receive(pair.server(), 4)).asString().isEqualTo("fine");
    }

    @Test
    void receivingIntoAReadOnlyBufferIsAMistakeThatCostsNoBytes() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "kept");
        driver.until("readable", () -> pair.server().readable());
        ByteBuffer closed = ByteBuffer.allocate(8).asReadOnlyBuffer();
        assertThatThrownBy(() -> pair.server().socket.tryRecv(closed)).isInstanceOf(IllegalArgumentException.class);
        assertThat(driver.receive(pair.server(), 4)).asString().isEqualTo("kept");
    }

    @Test
    void noRoomAndNothingToSendAreZero() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "x");
        ByteBuffer nothing = ByteBuffer.allocate(0);
        assertThat(pair.server().socket.tryRecv(nothing)).isZero();
        assertThat(pair.server().socket.trySend(nothing)).isZero();
        assertThat(pair.server().socket.trySend(ByteBuffer.allocateDirect(0))).isZero();
        assertThat(pair.server().socket.trySend(new ByteBuffer[] {nothing, nothing}, 0, 2))
                .isZero();
        assertThat(pair.server().socket.trySend(new ByteBuffer[0], 0, 0)).isZero();
        assertThat(driver.receive(pair.server(), 1)).asString().isEqualTo("x");
    }

    @Test
    void receiveOnAQuietConnectionWouldBlock() throws IOException {
        Pair pair = pair();
        assertThat(pair.client().socket.tryRecv(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
        assertThat(pair.server().socket.tryRecv(ByteBuffer.allocateDirect(1))).isEqualTo(WOULD_BLOCK);
        assertThat(pair.server().socket.tryRecv(kernel.allocate(1), 0, 1)).isEqualTo(WOULD_BLOCK);
    }

    @Test
    void gatheringSendsMixedBuffersInOrderAndAdvancesThem() throws IOException {
        Pair pair = pair();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(4).put("ell,".getBytes(US_ASCII)).flip();
        ByteBuffer[] sources = {
            ascii("never"),
            ascii("h"),
            ascii(""),
            direct,
            ascii("o").asReadOnlyBuffer(),
            ByteBuffer.allocateDirect(0),
            ascii("xx world yy").slice(2, 6),
            ascii("never")
        };
        assertThat(pair.client().socket.trySend(sources, 1, 6)).isEqualTo(12);
        assertThat(driver.receive(pair.server(), 12)).asString().isEqualTo("hell,o world");
        for (int i = 1; i <= 6; i++) {
            assertThat(sources[i].hasRemaining()).as("source %d", i).isFalse();
        }
        assertThat(sources[0].remaining()).isEqualTo(5);
        assertThat(sources[7].remaining()).isEqualTo(5);
        assertThat(pair.client().socket.trySend(sources, 1, 6)).isZero();
    }

    @Test
    void gatheringTakesAtMostItsMaximumAndLeavesTheRestUntouched() throws IOException {
        Pair pair = pair();
        int count = NonBlockingSocket.GATHER_MAX + 500;
        ByteBuffer[] sources = new ByteBuffer[count];
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String word = i % 7 == 0 ? "" : "w" + i;
            sources[i] = i % 2 == 0 ? ascii(word) : direct(word);
            expected.append(word);
        }
        long first = pair.client().socket.trySend(sources, 0, count);
        assertThat(first).isPositive();
        for (int i = NonBlockingSocket.GATHER_MAX; i < count; i++) {
            assertThat(sources[i].position()).isZero();
        }
        long second = pair.client()
                .socket
                .trySend(sources, NonBlockingSocket.GATHER_MAX, count - NonBlockingSocket.GATHER_MAX);
        assertThat(first + second).isEqualTo(expected.length());
        assertThat(driver.receive(pair.server(), expected.length())).asString().isEqualTo(expected.toString());
    }

    @Test
    void aGatherRangeOutsideOfTheArrayIsRefused() throws IOException {
        Pair pair = pair();
        ByteBuffer[] sources = {ascii("a"), ascii("b")};
        assertThatThrownBy(() -> pair.client().socket.trySend(sources, 1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(sources[1].remaining()).isEqualTo(1);
    }

    @Test
    void bothDirectionsAreIndependent() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "to the server");
        driver.send(pair.server(), "to the client");
        assertThat(driver.receive(pair.client(), 13)).asString().isEqualTo("to the client");
        assertThat(driver.receive(pair.server(), 13)).asString().isEqualTo("to the server");
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static ByteBuffer direct(String text) {
        return ByteBuffer.allocateDirect(text.length())
                .put(text.getBytes(US_ASCII))
                .flip();
    }
}
