package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.pattern;
import static dev.matryoshka.stream.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.task.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: memory follows the bytes (issue I-19, design.md section 6): none for an idle connection, about twice the bytes for a
 * half message, and never a chunk that nobody can use. Method: a fake transport and the pool's count.
 */
class ReadMemoryTest {
    @Test
    void anIdleReaderHoldsNothing() throws Exception {
        StreamRig.run(rig -> {
            Task<Integer> read = rig.task(() -> {
                int total = rig.reader.read().remaining();
                return total + rig.reader.read().remaining();
            });
            rig.arrives("data");
            assertThat(rig.engine.readChunks().inUse()).as("while it waits").isZero();
            assertThat(rig.inbound.buffer().retainedBytes()).isZero();
            rig.eof();
            assertThat(read.await()).isEqualTo(4);
        });
    }

    @Test
    void aChunkForWhichNothingCameGoesBack() throws Exception {
        StreamRig.run(rig -> {
            rig.loop.callSoon(
                    () -> assertThat(rig.protocol.getBuffer(-1).hasRemaining()).isTrue());
            rig.pass();
            rig.pass();
            assertThat(rig.engine.readChunks().inUse()).isZero();
        });
    }

    @Test
    void bytesThatNobodyReadsLeaveTheirChunk() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("hello");
            rig.pass();
            assertThat(rig.engine.readChunks().inUse()).isZero();
            assertThat(rig.inbound.buffer().retainedBytes()).isLessThanOrEqualTo(64);
            assertThat(text(rig.reader.read())).isEqualTo("hello");
        });
    }

    @Test
    void aCopyThatTakesEverythingReleasesTheChunk() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("hello\n");
            rig.reader.readLine();
            assertThat(rig.engine.readChunks().inUse()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 1000, 4096, 4097, 10_000, 32_768, 32_769, 65_536, 65_537, 200_000})
    void aHalfLineRetainsAtMostTwiceItsBytes(int length) throws Exception {
        StreamRig.run(1 << 20, rig -> {
            Task<Integer> read = rig.task(() -> rig.reader.nextLine().remaining());
            byte[] half = new byte[length];
            rig.feed(half);
            rig.pass();
            assertThat(read.isDone()).isFalse();
            assertThat(rig.inbound.buffer().retainedBytes()).isBetween(length, Math.max(512, 2 * length + 2));
            rig.feed("\n");
            assertThat(read.await()).isEqualTo(length + 1);
        });
    }

    @Test
    void aLongReadRetainsWhatCameAndNotWhatWasAnnounced() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readExactly(1_000_000_000));
            rig.feed("ten bytes.");
            rig.pass();
            rig.pass();
            assertThat(rig.engine.readChunks().inUse()).isZero();
            rig.eof();
            rig.pass();
            assertThat(read.isDone()).isTrue();
            assertThat(readFailure(read)).isInstanceOf(IncompleteReadException.class);
        });
    }

    private static Throwable readFailure(Task<?> task) {
        try {
            return new AssertionError("returned " + task.await());
        } catch (Exception failed) {
            return failed;
        }
    }

    @Test
    void oneByteAtATimeIsLinear() throws Exception {
        byte[] line = pattern(60_000);
        for (int i = 0; i < line.length; i++) {
            line[i] |= 0x40;
        }
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readLine());
            rig.transport.receiveMax = 1;
            for (int from = 0; from < line.length; from += 1000) {
                rig.feed(java.util.Arrays.copyOfRange(line, from, from + 1000));
                rig.pass();
            }
            rig.feed("\n");
            assertThat(java.util.Arrays.copyOf(read.await(), line.length)).isEqualTo(line);
        });
    }

    @Test
    void aWindowKeepsItsBytesWhileOthersArrive() throws Exception {
        byte[] data = pattern(60_000);
        StreamRig.run(rig -> {
            rig.feed(data);
            ByteBuffer window = rig.reader.read();
            rig.feed(new byte[60_000]);
            assertThat(rig.engine.readChunks().inUse())
                    .as("one is lent, one receives")
                    .isEqualTo(2);
            byte[] copy = new byte[window.remaining()];
            window.get(copy);
            assertThat(copy).isEqualTo(data);
            rig.reader.read();
            assertThat(rig.engine.readChunks().inUse()).isEqualTo(1);
        });
    }

    @Test
    void aWindowOutlivesTheLossOfTheConnection() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("one\ntwo\n");
            ByteBuffer window = rig.reader.nextLine();
            rig.transport.lose(new IOException("gone"));
            rig.pass();
            assertThat(text(window)).isEqualTo("one\n");
            assertThat(text(rig.reader.nextLine())).isEqualTo("two\n");
            assertThat(rig.engine.readChunks().inUse()).isZero();
        });
    }

    @Test
    void anAbandonedReaderHoldsNoChunk() throws Exception {
        StreamRig.run(rig -> {
            rig.feed(new byte[50_000]);
            rig.transport.lose(null);
            assertThat(rig.engine.readChunks().inUse()).isZero();
            assertThat(rig.reader.read(-1)).hasSize(50_000);
        });
    }

    @Test
    void closingEndsTheWindow() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("data");
            rig.reader.read();
            rig.writer.close();
            assertThat(rig.engine.readChunks().inUse()).isZero();
        });
    }

    @Test
    void halfLinesOfManyPassesReuseOneArray() throws Exception {
        StreamRig.run(rig -> {
            Task<Integer> read = rig.task(() -> {
                int lines = 0;
                while (rig.reader.nextLine().hasRemaining()) {
                    lines++;
                }
                return lines;
            });
            for (int i = 0; i < 100; i++) {
                rig.arrives("line\nli");
                assertThat(rig.inbound.buffer().retainedBytes()).isEqualTo(64);
                rig.arrives("ne\n");
                assertThat(rig.inbound.buffer().retainedBytes())
                        .as("the spare array")
                        .isEqualTo(64);
            }
            rig.eof();
            assertThat(read.await()).isEqualTo(200);
        });
    }
}
