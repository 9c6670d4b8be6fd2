package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static dev.matryoshka.stream.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Goal: lines and other separated pieces as asyncio's tests ask (test_streams: readline, readuntil; row S-68), but for the
 * over-long ones: one exception for both, and the data kept (I-18). Method: a fake transport.
 */
class StreamReaderLineTest {
    // ---- lines ----------------------------------------------------------------------------------------------------

    @Proves(
            value = "StreamReader.readline",
            ports = {
                "test_streams.test_readline",
                "test_streams.test_readline_limit_with_existing_data",
                "test_streams.test_readline_nolimit_nowait",
                "test_streams.test_readline_read_byte_count"
            })
    @Test
    void aLineIsJoinedFromWhatIsFedAndTheRestIsKept() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("chunk1 ");
            Task<byte[]> line = rig.task(() -> rig.reader.readLine());
            rig.feed("chunk2 ");
            rig.pass();
            rig.feed("chunk3 ");
            rig.feed("\n chunk4");
            assertThat(text(line.await())).isEqualTo("chunk1 chunk2 chunk3 \n");
            assertThat(text(rig.reader.read())).isEqualTo(" chunk4");
        });
    }

    @Proves(value = "StreamReader.readline", ports = "test_streams.test_readline_limit")
    @Test
    void anOverlongLineThatIsThereIsKept() throws Exception {
        StreamRig.run(3, rig -> {
            rig.feed("line1\nline2\n");
            assertOverrun("is found", 5, () -> rig.reader.readLine());
            assertThat(text(rig.reader.readExactly(6))).isEqualTo("line1\n");
            assertOverrun("is found", 5, () -> rig.reader.nextLine());
            assertThat(text(rig.reader.read())).isEqualTo("line2\n");
        });
    }

    @Test
    void anOverlongLineWithoutItsEndIsKept() throws Exception {
        StreamRig.run(7, rig -> {
            rig.feed("1234567");
            Task<byte[]> line = rig.task(() -> rig.reader.readLine());
            assertThat(line.isDone()).as("7 bytes are within the limit").isFalse();
            rig.feed("8");
            assertOverrun("not found", 8, line::await);
            assertThat(text(rig.reader.read())).isEqualTo("12345678");
        });
    }

    @Proves(value = "StreamReader.readline", ports = "test_streams.test_readline_limit")
    @Test
    void theLimitItselfIsAllowed() throws Exception {
        StreamRig.run(7, rig -> {
            rig.feed("1234567\n");
            assertThat(text(rig.reader.readLine())).isEqualTo("1234567\n");
            rig.feed("12345678\n");
            assertOverrun("is found", 8, () -> rig.reader.readLine());
            assertThat(rig.reader.read()).isNotNull();
        });
    }

    @Test
    void aLineOfTheDefaultLimitNeedsMoreThanAChunk() throws Exception {
        String line = "x".repeat(64 * 1024) + "\n";
        StreamRig.run(rig -> {
            rig.feed("first\n" + line.substring(0, 1000));
            assertThat(text(rig.reader.readLine())).isEqualTo("first\n");
            Task<String> read = rig.task(() -> text(rig.reader.nextLine()));
            rig.transport.receiveMax = 20_000;
            rig.feed(line.substring(1000) + "last\n");
            assertThat(read.await()).isEqualTo(line);
            assertThat(text(rig.reader.readLine())).isEqualTo("last\n");
        });
    }

    @Proves(
            value = "StreamReader.readline",
            ports = {"test_streams.test_readline_eof", "test_streams.test_readline_empty_eof"})
    @Test
    void whatIsLeftAtEofIsALine() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("some data");
            rig.eof();
            assertThat(text(rig.reader.readLine())).isEqualTo("some data");
            assertThat(rig.reader.readLine()).isEmpty();
            assertThat(rig.reader.nextLine().hasRemaining()).isFalse();
        });
    }

    @Test
    void readsOfBytesAndLinesMix() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("line1\nline2\nline3\n");
            assertThat(text(rig.reader.readLine())).isEqualTo("line1\n");
            assertThat(text(rig.reader.read(7))).isEqualTo("line2\nl");
            assertThat(text(rig.reader.readLine())).isEqualTo("ine3\n");
        });
    }

    @Test
    void aLineAsTextHasNoEnd() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("für\r\n\n\r\nlast".getBytes(StandardCharsets.UTF_8));
            rig.eof();
            assertThat(rig.reader.readLine(StandardCharsets.UTF_8)).isEqualTo("für");
            assertThat(rig.reader.readLine(StandardCharsets.UTF_8)).isEmpty();
            assertThat(rig.reader.readLine(StandardCharsets.UTF_8)).isEmpty();
            assertThat(rig.reader.readLine(StandardCharsets.UTF_8)).isEqualTo("last");
            assertThat(rig.reader.readLine(StandardCharsets.UTF_8)).isNull();
        });
    }

    @Test
    void linesAreLentAsWindowsInTheUsualOrder() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("\0\1ab\n\2\3cd\n");
            ByteBuffer first = rig.reader.nextLine();
            assertThat(first.order(ByteOrder.LITTLE_ENDIAN).getShort()).isEqualTo((short) 0x0100);
            ByteBuffer second = rig.reader.nextLine();
            assertThat(second.isReadOnly()).isTrue();
            assertThat(second.remaining()).isEqualTo(5);
            assertThat(second.getShort()).isEqualTo((short) 0x0203);
        });
    }

    // ---- separators -----------------------------------------------------------------------------------------------

    @Proves(value = "StreamReader.readuntil", ports = "test_streams.test_readuntil_separator")
    @Test
    void separatorsMustBeThereAndNotEmpty() throws Exception {
        StreamRig.run(rig -> {
            assertThatIllegalArgumentException().isThrownBy(() -> rig.reader.readUntil());
            assertThatIllegalArgumentException().isThrownBy(() -> rig.reader.readUntil(new byte[0]));
            assertThatIllegalArgumentException().isThrownBy(() -> rig.reader.nextUntil(ascii("a"), new byte[0]));
        });
    }

    @Proves(
            value = "StreamReader.readuntil",
            ports = {"test_streams.test_readuntil_multi_chunks", "test_streams.test_readuntil_multi_chunks_1"})
    @Test
    void aSeparatorMayComeInPieces() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readUntil(ascii("aaa")));
            for (String part : new String[] {"QWEaa", "XYaa", "a"}) {
                rig.feed(part);
                rig.pass();
            }
            assertThat(text(read.await())).isEqualTo("QWEaaXYaaa");
            assertThat(rig.reader.bufferedBytes()).isZero();
        });
    }

    @Test
    void severalPiecesFollowEachOther() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("some dataAAAmore dataAAA");
            assertThat(text(rig.reader.readUntil(ascii("AAA")))).isEqualTo("some dataAAA");
            assertThat(text(rig.reader.nextUntil(ascii("AAA")))).isEqualTo("more dataAAA");
        });
    }

    @Proves(value = "StreamReader.readuntil", ports = "test_streams.test_readuntil_eof")
    @Test
    void eofBeforeTheSeparatorTellsWhatThereWas() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.readUntil(ascii("AAA")));
            rig.feed("some dataAA");
            rig.eof();
            assertThatThrownBy(read::await)
                    .isInstanceOfSatisfying(IncompleteReadException.class, end -> {
                        assertThat(text(end.partial())).isEqualTo("some dataAA");
                        assertThat(end.expectedBytes()).isEqualTo(IncompleteReadException.UNDEFINED);
                    })
                    .hasMessageContaining("undefined expected bytes");
            assertThat(rig.reader.bufferedBytes()).isZero();
        });
    }

    @Proves(value = "StreamReader.readuntil", ports = "test_streams.test_readuntil_limit_found_sep")
    @Test
    void tooMuchBeforeASeparatorKeepsTheData() throws Exception {
        StreamRig.run(3, rig -> {
            rig.feed("some dataAA");
            assertOverrun("not found", 9, () -> rig.reader.readUntil(ascii("AAA")));
            assertThat(rig.reader.bufferedBytes()).isEqualTo(11);
            rig.inbound.feed(ByteBuffer.wrap(ascii("A")));
            assertOverrun("is found", 9, () -> rig.reader.readUntil(ascii("AAA")));
            assertThat(text(rig.reader.readExactly(12))).isEqualTo("some dataAAA");
        });
    }

    @Proves("StreamReader.readuntil")
    @Test
    void anyOfSeveralSeparators() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("line1\nline2\r");
            assertThat(text(rig.reader.readUntil(ascii("\r"), ascii("\n")))).isEqualTo("line1\n");
            assertThat(text(rig.reader.readUntil(ascii("\r"), ascii("\n")))).isEqualTo("line2\r");
            assertThat(rig.reader.bufferedBytes()).isZero();
        });
    }

    @Proves("StreamReader.readuntil")
    @Test
    void theMatchThatEndsFirstWins() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("ABCDEFG");
            assertThat(text(rig.reader.readUntil(ascii("DEF"), ascii("BCDE")))).isEqualTo("ABCDE");
            rig.reader.read();
        });
    }

    @Test
    void theLimitCountsWithTheShortestMatch() throws Exception {
        StreamRig.run(3, rig -> {
            rig.feed("some dataA");
            assertOverrun("is found", 9, () -> rig.reader.readUntil(ascii("A"), ascii("ome dataA")));
            assertOverrun("is found", 9, () -> rig.reader.readUntil(ascii("ome dataA"), ascii("A")));
            rig.reader.read();
        });
    }

    @Test
    void separatorsOfUnlikeLengthNeverLookBeforeTheBuffer() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("data");
            Task<byte[]> read = rig.task(() -> rig.reader.readUntil(ascii("A"), ascii("long sep")));
            rig.feed("Z");
            rig.pass();
            rig.feed("Aaaa");
            assertThat(text(read.await())).isEqualTo("dataZA");
            assertThat(text(rig.reader.read())).isEqualTo("aaa");
        });
    }

    @Test
    void waitingForALineDoesNotSearchTwice() throws Exception {
        StreamRig.run(1 << 20, rig -> {
            Task<Integer> read = rig.task(() -> rig.reader.nextLine().remaining());
            byte[] part = new byte[1000];
            for (int i = 0; i < 1000; i++) {
                rig.feed(part);
                rig.pass();
                assertThat(rig.inbound.buffer().searchedBytes()).isEqualTo((i + 1) * 1000);
            }
            rig.feed("\n");
            assertThat(read.await()).isEqualTo(1_000_001);
        });
    }

    private interface Read {
        Object get() throws Exception;
    }

    private static void assertOverrun(String words, int consumed, Read read) {
        assertThatThrownBy(read::get)
                .isInstanceOfSatisfying(
                        LimitOverrunException.class,
                        overrun -> assertThat(overrun.consumedBytes()).isEqualTo(consumed))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(words);
    }
}
