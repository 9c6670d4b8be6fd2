package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.pattern;
import static dev.matryoshka.stream.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.Waiter;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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
    void aReceiveThatFindsNothingHoldsNothing() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.deliverNothing();
            assertHoldsFew(rig, 0);
            Task<Integer> read = rig.task(() -> rig.reader.read().remaining());
            rig.transport.deliverNothing();
            assertHoldsFew(rig, 0);
            rig.eof();
            assertThat(read.await()).isZero();
        });
    }

    @Test
    void aReceiveThatFindsNothingLeavesAHalfMessageAsItWas() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readExactly(10));
            rig.arrives("half");
            rig.transport.deliverNothing();
            assertHoldsFew(rig, 64);
            rig.arrives(" there");
            assertThat(text(read.await())).isEqualTo("half there");
        });
    }

    @Test
    void aReceiveThatFindsNothingLeavesALentWindowAlone() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("data");
            ByteBuffer window = rig.reader.read();
            rig.transport.deliverNothing();
            assertThat(rig.engine.readChunks().inUse()).as("what is lent").isOne();
            assertThat(text(window)).isEqualTo("data");
        });
    }

    /** Each takes some of what came, in a task that waited for it, and then is busy with other things. */
    @ParameterizedTest
    @EnumSource
    void whatAReadLeavesDoesNotKeepItsChunk(Part part) throws Exception {
        StreamRig.run(100, rig -> {
            Waiter other = new Waiter();
            Task<Boolean> busy = rig.task(() -> {
                part.read.from(rig.reader);
                other.await();
                return true;
            });
            rig.arrives(part.arriving);
            assertThat(rig.reader.bufferedBytes()).isPositive();
            rig.pass();
            assertHoldsFew(rig, Math.max(64, 2 * rig.reader.bufferedBytes()));
            other.signal();
            assertThat(busy.await()).isTrue();
        });
    }

    /** One read of a task. */
    private interface Read {
        void from(StreamReader reader) throws Exception;
    }

    private enum Part {
        OF_ANY_LENGTH("some bytes", reader -> reader.read(4)),
        INTO_A_BUFFER("some bytes", reader -> reader.readInto(ByteBuffer.allocate(4))),
        EXACTLY("some bytes", reader -> reader.readExactly(4)),
        EXACTLY_INTO_A_BUFFER("some bytes", reader -> reader.readExactly(ByteBuffer.allocate(4))),
        A_LINE("line\nhalf", StreamReader::readLine),
        UP_TO_A_SEPARATOR("line;half", reader -> reader.readUntil(new byte[] {';'})),
        A_WINDOW_AND_THEN_NOTHING("line\nhalf", reader -> {
            reader.nextLine();
            reader.read(0);
        }),
        A_WINDOW_AND_THEN_NO_ROOM("line\nhalf", reader -> {
            reader.nextLine();
            reader.readInto(ByteBuffer.allocate(0));
        }),
        A_LINE_TOO_LONG(
                "x".repeat(101),
                reader -> assertThatThrownBy(reader::readLine).isInstanceOf(LimitOverrunException.class)),
        A_LINE_TOO_LONG_WITH_ITS_END(
                "x".repeat(101) + "\n",
                reader -> assertThatThrownBy(reader::readLine).isInstanceOf(LimitOverrunException.class)),
        A_PIECE_TOO_LONG(
                "x".repeat(101),
                reader -> assertThatThrownBy(() -> reader.readUntil(new byte[] {';'}))
                        .isInstanceOf(LimitOverrunException.class));

        private final String arriving;
        private final Read read;

        Part(String arriving, Read read) {
            this.arriving = arriving;
            this.read = read;
        }
    }

    @Test
    void whatACancelledReadLeavesDoesNotKeepItsChunk() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readExactly(10));
            rig.loop.callSoon(() -> {
                rig.feed("half");
                read.cancel();
            });
            rig.pass();
            rig.pass();
            assertThat(read.isCancelled()).isTrue();
            assertHoldsFew(rig, 64);
            assertThat(text(rig.reader.read())).isEqualTo("half");
        });
    }

    /** A message that needed more than a chunk was taken but for a few bytes. */
    @Test
    void whatIsLeftOfALargeMessageDoesNotKeepItsMemory() throws Exception {
        StreamRig.run(1 << 20, rig -> {
            Waiter other = new Waiter();
            Task<Boolean> busy = rig.task(() -> {
                rig.reader.readLine();
                other.await();
                return true;
            });
            byte[] message = new byte[400_010];
            message[400_000] = '\n';
            rig.loop.callSoon(() -> rig.feed(message));
            rig.pass();
            rig.pass();
            assertThat(rig.reader.bufferedBytes()).isEqualTo(9);
            assertHoldsFew(rig, 64);
            other.signal();
            assertThat(busy.await()).isTrue();
        });
    }

    /** The connection may stay for hours, until the peer has taken what was written. */
    @Test
    void whatIsUnreadWhenTheWriterIsClosedDoesNotKeepItsChunk() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.clog();
            rig.writer.write(new byte[100]);
            Task<Integer> read = rig.task(() -> rig.reader.nextLine().remaining());
            rig.arrives("line\nhalf");
            rig.pass();
            assertThat(read.await()).isEqualTo(5);
            assertThat(rig.engine.readChunks().inUse()).as("what is lent").isOne();
            rig.writer.close();
            rig.pass();
            assertHoldsFew(rig, 64);
        });
    }

    /** What came behind a full target, in the same pass. */
    @Test
    void whatComesBehindALargeBufferDoesNotKeepItsChunk() throws Exception {
        StreamRig.run(rig -> {
            Waiter other = new Waiter();
            Task<Boolean> busy = rig.task(() -> {
                assertThat(rig.reader.readInto(ByteBuffer.allocateDirect(8 * 1024)))
                        .isEqualTo(8 * 1024);
                other.await();
                return true;
            });
            rig.loop.callSoon(() -> rig.feed(new byte[8 * 1024 + 10]));
            rig.pass();
            rig.pass();
            assertThat(rig.reader.bufferedBytes()).isEqualTo(10);
            assertHoldsFew(rig, 64);
            other.signal();
            assertThat(busy.await()).isTrue();
        });
    }

    private static void assertHoldsFew(StreamRig rig, int bytesMax) {
        assertThat(rig.engine.readChunks().inUse()).as("chunks").isZero();
        assertThat(rig.inbound.buffer().retainedBytes()).isLessThanOrEqualTo(bytesMax);
    }

    @Test
    void bytesThatNobodyReadsLeaveTheirChunk() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("hello");
            rig.pass();
            assertHoldsFew(rig, 64);
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
