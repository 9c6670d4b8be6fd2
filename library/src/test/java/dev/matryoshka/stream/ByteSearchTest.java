package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Goal: eight bytes at a time finds what one at a time finds. Method: all lengths and places, then random bytes. */
class ByteSearchTest {
    @Test
    void aByteIsFoundInEveryPlaceOfEveryLength() {
        for (int length = 0; length < 40; length++) {
            for (int place = 0; place < length; place++) {
                ByteBuffer bytes = filled(length + 7, (byte) '\n', (byte) ('\n' + 1));
                for (int i = 3; i < 3 + length; i++) {
                    bytes.put(i, (byte) ('\n' + 1));
                }
                bytes.put(3 + place, (byte) '\n');
                assertThat(ByteSearch.indexOf(bytes, 3, 3 + length, (byte) '\n'))
                        .isEqualTo(3 + place);
                assertThat(ByteSearch.indexOf(bytes, 3, 3 + place, (byte) '\n')).isEqualTo(-1);
            }
        }
    }

    private static ByteBuffer filled(int length, byte around, byte within) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, i < 3 ? around : within);
        }
        return bytes;
    }

    @Test
    void neighboursOfTheByteDoNotCount() {
        Random random = new Random(1);
        for (int round = 0; round < 20_000; round++) {
            byte wanted = (byte) random.nextInt(256);
            ByteBuffer bytes = round % 2 == 0 ? ByteBuffer.allocate(24) : ByteBuffer.allocateDirect(24);
            for (int i = 0; i < 24; i++) {
                bytes.put(i, (byte) (wanted + random.nextInt(-2, 3) + (random.nextInt(4) == 0 ? 128 : 0)));
            }
            int expected = 0;
            while (expected < 24 && bytes.get(expected) != wanted) {
                expected++;
            }
            assertThat(ByteSearch.indexOf(bytes, 0, 24, wanted)).isEqualTo(expected == 24 ? -1 : expected);
        }
    }

    @Test
    void aSeparatorOverlapsItself() {
        ByteBuffer bytes = ByteBuffer.wrap(ascii("aabaabaaab"));
        assertThat(ByteSearch.indexOf(bytes, 0, 10, ascii("aaab"))).isEqualTo(6);
        assertThat(ByteSearch.indexOf(bytes, 0, 9, ascii("aaab"))).isEqualTo(-1);
        assertThat(ByteSearch.indexOf(bytes, 0, 2, ascii("aaab"))).isEqualTo(-1);
    }

    @Test
    void whatIsCleanIsSearchedOnlyForWhatMayReachBeyondIt() {
        ByteBuffer bytes = ByteBuffer.wrap(ascii("XX..XX"));
        assertThat(ByteSearch.firstToEnd(bytes, 0, 2, 6, ascii("XX"))).isEqualTo(new ByteSearch.Match(4, 6));
        assertThat(ByteSearch.firstToEnd(bytes, 0, 1, 6, ascii("XX"))).isEqualTo(new ByteSearch.Match(0, 2));
        assertThat(ByteSearch.firstToEnd(bytes, 0, 6, 6, ascii("XX"))).isNull();
    }

    @Test
    void theEarliestEndWinsThenTheShortest() {
        ByteBuffer bytes = ByteBuffer.wrap(ascii("ABCDEFG"));
        assertThat(ByteSearch.firstToEnd(bytes, 0, 0, 7, ascii("DEF"), ascii("BCDE")))
                .isEqualTo(new ByteSearch.Match(1, 5));
        assertThat(ByteSearch.firstToEnd(bytes, 0, 0, 7, ascii("BCDE"), ascii("E")))
                .isEqualTo(new ByteSearch.Match(4, 5));
        assertThat(ByteSearch.firstToEnd(bytes, 0, 0, 7, ascii("E"), ascii("BCDE")))
                .isEqualTo(new ByteSearch.Match(4, 5));
    }
}
