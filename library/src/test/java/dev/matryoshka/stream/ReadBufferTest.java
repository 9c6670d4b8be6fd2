package dev.matryoshka.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.engine.ChunkPool;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.support.Seeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Goal: however bytes move between chunks, arrays and larger arrays, they stay the same bytes, windows stay what they were, and
 * no chunk is lost; nor does what a writer shares change before it is sent. Method: seeded random operations in every order,
 * beside a model that is one plain array.
 */
class ReadBufferTest {
    private static final int STEPS = 200;

    @ParameterizedTest
    @Seeds(40)
    void bytesStayTheSameBytes(int seed) throws Exception {
        StreamRig.onLoop(loop -> {
            ChunkPool pool = Engines.of(loop).readChunks();
            Run run = new Run(pool, new Random(seed));
            for (int step = 0; step < STEPS; step++) {
                run.step();
            }
            run.end();
            assertThat(pool.inUse()).isZero();
        });
    }

    /** The window is over, and a writer has yet to send it: bytes are received behind it, not over it. */
    @Test
    void aSharedRegionIsNotMovedToTheFront() throws Exception {
        StreamRig.onLoop(loop -> {
            ChunkPool pool = Engines.of(loop).readChunks();
            ReadBuffer buffer = new ReadBuffer(pool);
            receive(buffer, ReadBuffer.CHUNK_BYTES - 100, (byte) 'a');
            Chunk chunk = buffer.chunk();
            int taken = ReadBuffer.CHUNK_BYTES - 200;
            assertThat(buffer.lend(taken).remaining()).isEqualTo(taken);
            chunk.share();
            buffer.endLending();

            receive(buffer, 1000, (byte) 'b');
            assertThat(buffer.chunk()).as("where it receives now").isNotSameAs(chunk);
            assertThat(pool.inUse()).as("the reader's and the writer's").isEqualTo(2);
            for (int i = 0; i < taken; i++) {
                assertThat(chunk.bytes().clear().get(i)).isEqualTo((byte) 'a');
            }
            pool.giveBack(chunk);
            assertThat(pool.inUse()).isOne();
            byte[] rest = new byte[buffer.size()];
            buffer.copyTo(rest, 0, rest.length);
            assertThat(StreamRig.text(rest)).isEqualTo("a".repeat(100) + "b".repeat(1000));
            assertThat(pool.inUse()).isZero();
        });
    }

    /** The writer's share is over first: nothing is left of it. */
    @Test
    void aRegionThatWasSharedIsMovedToTheFrontAgain() throws Exception {
        StreamRig.onLoop(loop -> {
            ChunkPool pool = Engines.of(loop).readChunks();
            ReadBuffer buffer = new ReadBuffer(pool);
            receive(buffer, ReadBuffer.CHUNK_BYTES, (byte) 'a');
            Chunk chunk = buffer.chunk();
            buffer.lend(ReadBuffer.CHUNK_BYTES - 200);
            chunk.share();
            buffer.endLending();
            pool.giveBack(chunk);
            receive(buffer, 1, (byte) 'b');
            assertThat(buffer.chunk()).isSameAs(chunk);
            buffer.copyTo(new byte[201], 0, 201);
            assertThat(pool.inUse()).isZero();
        });
    }

    private static void receive(ReadBuffer buffer, int byteCount, byte value) {
        ByteBuffer room = buffer.room();
        for (int i = 0; i < byteCount; i++) {
            room.put(value);
        }
        buffer.received(byteCount);
    }

    @Test
    void copyingIsLinearInWhatIsReceived() throws Exception {
        StreamRig.onLoop(loop -> {
            ReadBuffer buffer = new ReadBuffer(Engines.of(loop).readChunks());
            int moves = 0;
            int capacity = -1;
            for (int i = 0; i < 1 << 20; i++) {
                buffer.room();
                if (buffer.retainedBytes() != capacity) {
                    capacity = buffer.retainedBytes();
                    moves++;
                }
                buffer.received(1);
                buffer.settle();
            }
            // Below 4 KiB each settle moves; from there on a move needs as many bytes again.
            assertThat(moves).isLessThan(ReadBuffer.ROOM_MIN_BYTES * 2 + 30);
            buffer.copyTo(new byte[buffer.size()], 0, buffer.size());
        });
    }

    /** A buffer, a model and an order of events. */
    private static final class Run {
        private final ChunkPool pool;
        private final ReadBuffer buffer;
        private final Random random;
        private final int scale;
        private byte[] model = new byte[0];
        private ByteBuffer window;
        private byte[] windowBytes;

        /** What a writer has yet to send. */
        private Chunk shared;

        private int sharedFrom;
        private byte[] sharedBytes;

        Run(ChunkPool pool, Random random) {
            this.pool = pool;
            this.buffer = new ReadBuffer(pool);
            this.random = random;
            this.scale = 1 << 8 + random.nextInt(9);
        }

        void step() {
            switch (random.nextInt(11)) {
                case 0, 1, 2 -> receive();
                case 3 -> lend();
                case 4 -> copyOut();
                case 5 -> putBack();
                case 6 -> line();
                case 7 -> buffer.settle();
                case 8 -> share();
                case 9 -> send();
                default -> endLending();
            }
            assertThat(buffer.size()).isEqualTo(model.length);
            if (window != null) {
                assertThat(bytes(window)).isEqualTo(windowBytes);
            }
            if (shared != null) {
                byte[] bytes = new byte[sharedBytes.length];
                shared.bytes().clear().get(sharedFrom, bytes);
                assertThat(bytes).as("what a writer shares").isEqualTo(sharedBytes);
            }
        }

        void end() {
            send();
            endLending();
            assertThat(peek()).isEqualTo(model);
            buffer.settleForGood();
        }

        private void receive() {
            ByteBuffer room = buffer.room();
            assertThat(room.remaining()).isPositive();
            byte[] data = new byte[Math.min(room.remaining(), 1 + random.nextInt(scale))];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (random.nextInt(500) == 0 ? '\n' : 'a' + random.nextInt(26));
            }
            room.put(data);
            buffer.received(data.length);
            model = joined(model, data);
        }

        private void endLending() {
            window = null;
            buffer.endLending();
        }

        private void lend() {
            endLending();
            int count = part();
            if (count > 0) {
                window = buffer.lend(count);
                windowBytes = Arrays.copyOf(model, count);
                model = Arrays.copyOfRange(model, count, model.length);
            }
        }

        /** A writer writes the window that was lent last. */
        private void share() {
            Chunk lent = pool.lent();
            if (shared == null && window != null && lent != null && lent.view() == window) {
                lent.share();
                shared = lent;
                sharedFrom = window.position();
                sharedBytes = bytes(window);
            }
        }

        private void send() {
            if (shared != null) {
                pool.giveBack(shared);
                shared = null;
            }
        }

        private void copyOut() {
            endLending();
            byte[] target = new byte[part()];
            if (random.nextBoolean()) {
                buffer.copyTo(target, 0, target.length);
            } else {
                buffer.copyTo(ByteBuffer.wrap(target), target.length);
            }
            assertThat(target).isEqualTo(Arrays.copyOf(model, target.length));
            model = Arrays.copyOfRange(model, target.length, model.length);
        }

        private void putBack() {
            endLending();
            byte[] source = new byte[1 + random.nextInt(scale)];
            random.nextBytes(source);
            buffer.pushBack(source, source.length);
            model = joined(source, model);
        }

        private void line() {
            int newline = 0;
            while (newline < model.length && model[newline] != '\n') {
                newline++;
            }
            assertThat(buffer.lineLength()).isEqualTo(newline == model.length ? 0 : newline + 1);
        }

        /** All, nothing, or some. */
        private int part() {
            return switch (random.nextInt(4)) {
                case 0 -> model.length;
                case 1 -> model.length / 2;
                default -> Math.min(model.length, random.nextInt(scale));
            };
        }

        private byte[] peek() {
            byte[] all = new byte[buffer.size()];
            buffer.copyTo(all, 0, all.length);
            buffer.pushBack(all, all.length);
            return all;
        }

        private static byte[] joined(byte[] first, byte[] second) {
            byte[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            return both;
        }

        private static byte[] bytes(ByteBuffer buffer) {
            byte[] copy = new byte[buffer.remaining()];
            buffer.get(buffer.position(), copy);
            return copy;
        }
    }
}
