package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static dev.matryoshka.stream.StreamRig.pattern;
import static dev.matryoshka.stream.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.BusyException;
import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: read, readInto and readExactly do what asyncio's tests of {@code StreamReader} ask (test_streams: feed, read,
 * readexactly, exception; rows S-67 to S-70), and where we go beyond it, what design.md promises. Method: a fake transport.
 */
class StreamReaderReadTest {
    @Proves(
            value = "S-67",
            ports = {"test_streams.test_feed_empty_data", "test_streams.test_feed_nonempty_data"})
    @Test
    void nothingFedChangesNothing() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("");
            assertThat(rig.reader.bufferedBytes()).isZero();
            assertThat(rig.engine.readChunks().inUse()).isZero();
        });
    }

    @Proves(value = "StreamReader.read", ports = "test_streams.test_read_zero")
    @Test
    void readZeroLeavesTheBuffer() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("data");
            assertThat(rig.reader.read(0)).isEmpty();
            assertThat(rig.reader.bufferedBytes()).isEqualTo(4);
            assertThat(text(rig.reader.read())).isEqualTo("data");
        });
    }

    @Proves(
            value = {"S-68", "StreamReader.read"},
            ports = "test_streams.test_read")
    @Test
    void readWaitsForData() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.read(30));
            assertThat(read.isDone()).isFalse();
            rig.feed("chunk");
            assertThat(text(read.await())).isEqualTo("chunk");
            assertThat(rig.reader.bufferedBytes()).isZero();
        });
    }

    @Proves(value = "StreamReader.read", ports = "test_streams.test_read_line_breaks")
    @Test
    void readTakesNoMoreThanAskedAndIgnoresNewlines() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("li\nne1\nline2\n");
            assertThat(text(rig.reader.read(5))).isEqualTo("li\nne");
            assertThat(text(rig.reader.read(100))).isEqualTo("1\nline2\n");
        });
    }

    @Proves(
            value = {"S-70", "StreamReader.at_eof"},
            ports = {"test_streams.test_read_eof", "test_streams.test_at_eof"})
    @Test
    void readAtEofIsEmpty() throws Exception {
        StreamRig.run(rig -> {
            rig.eof();
            assertThat(rig.reader.read(1024)).isEmpty();
            assertThat(rig.reader.read().hasRemaining()).isFalse();
            assertThat(rig.reader.readInto(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(rig.reader.atEof()).isTrue();
        });
    }

    @Test
    void eofWakesAReadThatWaits() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.read(1024));
            rig.eof();
            assertThat(read.await()).isEmpty();
        });
    }

    @Proves(value = "StreamReader.read", ports = "test_streams.test_read_until_eof")
    @Test
    void readMinusOneCollectsUntilEof() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.read(-1));
            rig.feed("chunk1\n");
            rig.pass();
            rig.feed("chunk2");
            rig.eof();
            assertThat(text(read.await())).isEqualTo("chunk1\nchunk2");
        });
    }

    @Test
    void readMinusOneIsNotLimitedAndDoesNotPauseThePeer() throws Exception {
        byte[] data = pattern(1_000_000);
        StreamRig.run(1, rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.read(-1));
            rig.feed(data);
            while (rig.transport.onTheWire() > 0) {
                rig.pass();
            }
            rig.eof();
            assertThat(read.await()).isEqualTo(data);
        });
    }

    @Proves(value = "StreamReader.read", ports = "test_streams.test_read_limit")
    @Test
    void readIgnoresTheLimit() throws Exception {
        StreamRig.run(3, rig -> {
            rig.feed("chunk");
            assertThat(text(rig.reader.read(5))).isEqualTo("chunk");
        });
    }

    @Proves(value = "StreamReader.read", ports = "test_streams.test_invalid_limit")
    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void aLimitBelowOneIsRefused(int limit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StreamOptions(limit))
                .withMessageContaining(String.valueOf(limit));
    }

    @Test
    void readLendsAWindowThatIsValidUntilTheNextRead() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("first");
            ByteBuffer window = rig.reader.read();
            assertThat(window.isReadOnly()).isTrue();
            rig.feed(new byte[200_000]);
            rig.pass();
            assertThat(text(window)).isEqualTo("first");
            assertThat(rig.reader.read().hasRemaining()).isTrue();
        });
    }

    @Test
    void readIntoMovesThePositionAndNeedsRoom() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("abcdef");
            ByteBuffer target = ByteBuffer.allocate(10).position(2).limit(6);
            assertThat(rig.reader.readInto(target)).isEqualTo(4);
            assertThat(target.position()).isEqualTo(6);
            assertThat(rig.reader.readInto(target)).isZero();
            assertThat(text(target.flip().position(2))).isEqualTo("abcd");
            assertThatThrownBy(() -> rig.reader.readInto(target.asReadOnlyBuffer()))
                    .isInstanceOf(ReadOnlyBufferException.class);
            assertThat(text(rig.reader.read())).isEqualTo("ef");
        });
    }

    @Test
    void aLargeDirectBufferIsReceivedIntoWithoutMemoryOfTheReader() throws Exception {
        StreamRig.run(rig -> {
            ByteBuffer target = ByteBuffer.allocateDirect(100_000);
            Task<Integer> read = rig.task(() -> rig.reader.readInto(target));
            byte[] data = pattern(50_000);
            rig.feed(data);
            assertThat(rig.engine.readChunks().inUse()).isZero();
            assertThat(read.await()).isEqualTo(50_000);
            byte[] copy = new byte[50_000];
            target.flip().get(copy);
            assertThat(copy).isEqualTo(data);
        });
    }

    // ---- readExactly ----------------------------------------------------------------------------------------------

    @Proves(value = "StreamReader.readexactly", ports = "test_streams.test_readexactly_zero_or_less")
    @Test
    void readExactlyZeroOrLess() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("data");
            assertThat(rig.reader.readExactly(0)).isEmpty();
            assertThat(rig.reader.bufferedBytes()).isEqualTo(4);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> rig.reader.readExactly(-1))
                    .withMessageContaining("less than zero");
            rig.reader.read();
        });
    }

    @Proves(value = "StreamReader.readexactly", ports = "test_streams.test_readexactly")
    @Test
    void readExactlyJoinsWhatIsFed() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readExactly(10));
            for (String part : new String[] {"chunk", "chunk", "chunk"}) {
                rig.feed(part);
                rig.pass();
            }
            assertThat(text(read.await())).isEqualTo("chunkchunk");
            assertThat(text(rig.reader.read())).isEqualTo("chunk");
        });
    }

    @Proves(value = "StreamReader.readexactly", ports = "test_streams.test_readexactly_limit")
    @Test
    void readExactlyIgnoresTheLimit() throws Exception {
        StreamRig.run(3, rig -> {
            rig.feed("chunk");
            assertThat(text(rig.reader.readExactly(5))).isEqualTo("chunk");
            assertThat(rig.reader.bufferedBytes()).isZero();
        });
    }

    @Proves(value = "StreamReader.readexactly", ports = "test_streams.test_readexactly_eof")
    @Test
    void readExactlyAtEofTellsWhatThereWas() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readExactly(36));
            rig.feed("0123456789abcdefgh");
            rig.eof();
            assertThatThrownBy(read::await)
                    .isInstanceOfSatisfying(IncompleteReadException.class, end -> {
                        assertThat(text(end.partial())).isEqualTo("0123456789abcdefgh");
                        assertThat(end.expectedBytes()).isEqualTo(36);
                    })
                    .hasMessage("18 bytes read on a total of 36 expected bytes");
            assertThat(rig.reader.bufferedBytes()).isZero();
        });
    }

    @Test
    void readExactlyOfTheLargestNumberIsNotAReadToTheEnd() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("abc");
            rig.eof();
            assertThatThrownBy(() -> rig.reader.readExactly(Integer.MAX_VALUE))
                    .isInstanceOfSatisfying(IncompleteReadException.class, end -> {
                        assertThat(text(end.partial())).isEqualTo("abc");
                        assertThat(end.expectedBytes()).isEqualTo(Integer.MAX_VALUE);
                    });
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readExactlyFillsABuffer(boolean direct) throws Exception {
        byte[] data = pattern(300_000);
        StreamRig.run(rig -> {
            ByteBuffer target = direct ? ByteBuffer.allocateDirect(data.length) : ByteBuffer.allocate(data.length);
            rig.feed(new byte[] {data[0]});
            Task<Boolean> read = rig.task(() -> {
                rig.reader.readExactly(target);
                return true;
            });
            rig.transport.receiveMax = 70_000;
            rig.feed(java.util.Arrays.copyOfRange(data, 1, data.length));
            rig.feed("next");
            assertThat(read.await()).isTrue();
            assertThat(target.hasRemaining()).isFalse();
            byte[] copy = new byte[data.length];
            target.flip().get(copy);
            assertThat(copy).isEqualTo(data);
            assertThat(text(rig.reader.readExactly(4))).isEqualTo("next");
        });
    }

    @Test
    void readExactlyIntoABufferAtEofLeavesTheBytesThere() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("abc");
            rig.eof();
            ByteBuffer target = ByteBuffer.allocate(8);
            assertThatThrownBy(() -> rig.reader.readExactly(target))
                    .isInstanceOfSatisfying(
                            IncompleteReadException.class,
                            end -> assertThat(end.expectedBytes()).isEqualTo(8));
            assertThat(text(target.flip())).isEqualTo("abc");
        });
    }

    // ---- errors ---------------------------------------------------------------------------------------------------

    @Proves(
            value = {"S-70", "StreamReader.exception"},
            ports = {
                "test_streams.test_exception_waiter",
                "test_streams.test_exception",
                "test_streams.test_read_exception",
                "test_streams.test_readline_exception",
                "test_streams.test_readexactly_exception"
            })
    @Test
    void anExceptionWakesAReadThatWaits() throws Exception {
        StreamRig.run(rig -> {
            assertThat(rig.reader.exception()).isNull();
            Task<byte[]> read = rig.task(() -> rig.reader.read(1));
            IOException reset = new SocketException("ECONNRESET");
            rig.transport.lose(reset);
            assertThat(rig.reader.exception()).isSameAs(reset);
            assertThatThrownBy(read::await).isSameAs(reset);
        });
    }

    @Proves("W3")
    @Test
    void whatArrivedBeforeAResetIsDelivered() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("line\nhalf");
            IOException reset = new SocketException("ECONNRESET");
            rig.transport.lose(reset);
            assertThat(text(rig.reader.readLine())).isEqualTo("line\n");
            assertThatThrownBy(() -> rig.reader.readLine()).isSameAs(reset);
            assertThatThrownBy(() -> rig.reader.readExactly(5)).isSameAs(reset);
            assertThatThrownBy(() -> rig.reader.readExactly(ByteBuffer.allocate(5)))
                    .isSameAs(reset);
            assertThatThrownBy(() -> rig.reader.readUntil(ascii("X"))).isSameAs(reset);
            assertThatThrownBy(() -> rig.reader.read(-1)).isSameAs(reset);
            assertThat(rig.reader.atEof()).isFalse();
            assertThat(text(rig.reader.read())).isEqualTo("half");
            assertThatThrownBy(() -> rig.reader.read()).isSameAs(reset);
        });
    }

    @Test
    void aFailureThatIsNoIOExceptionIsTheCauseOfOne() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.lose(new IllegalStateException("bug"));
            assertThatThrownBy(() -> rig.reader.read())
                    .isInstanceOf(IOException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        });
    }

    // ---- who may read ---------------------------------------------------------------------------------------------

    @Proves("S-68")
    @Test
    void aSecondReaderFailsAtOnceAndTheFirstGoesOn() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> first = rig.task(() -> rig.reader.read(10));
            assertThatThrownBy(() -> rig.reader.readLine())
                    .isInstanceOf(BusyException.class)
                    .hasMessageContaining("readLine() called while another task is already waiting");
            rig.feed("data");
            assertThat(text(first.await())).isEqualTo("data");
        });
    }

    @Test
    void aReadInACallbackFailsAtOnceEvenWithDataThere() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("data");
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            rig.loop.callSoon(() -> {
                try {
                    rig.reader.read();
                } catch (IOException | InterruptedException | RuntimeException failed) {
                    thrown.set(failed);
                }
            });
            rig.pass();
            rig.pass();
            assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("callback");
            assertThat(text(rig.reader.read())).isEqualTo("data");
        });
    }

    @Test
    void aReadOnAForeignThreadFailsAtOnce() throws Exception {
        StreamRig.run(rig -> {
            CompletableFuture<Object> foreign = rig.loop.runInExecutor(rig.reader::read);
            assertThatThrownBy(foreign::get).hasCauseInstanceOf(WrongThreadException.class);
        });
    }

    @Proves(value = "S-67", ports = "test_streams.test_eof_feed_when_closing_writer")
    @Test
    void bytesAfterTheEndAreRefused() throws Exception {
        StreamRig.run(rig -> {
            rig.eof();
            assertThatIllegalStateException().isThrownBy(() -> rig.inbound.feed(ByteBuffer.allocate(1)));
        });
    }

    @Proves(
            value = "S-61",
            ports = {
                "test_streams.test___repr__",
                "test_streams.test___repr__data",
                "test_streams.test___repr__eof",
                "test_streams.test___repr__exception",
                "test_streams.test___repr__nondefault_limit",
                "test_streams.test___repr__waiter"
            })
    @Test
    void toStringTellsTheState() throws Exception {
        StreamRig.run(rig -> {
            assertThat(rig.reader).hasToString("StreamReader[0 bytes, limit=65536]");
            rig.feed("data");
            rig.transport.lose(new IOException("gone"));
            assertThat(rig.reader.toString()).contains("4 bytes", "eof", "exception=java.io.IOException: gone");
            rig.reader.read();
        });
    }
}
