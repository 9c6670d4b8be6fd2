package dev.matryoshka.cli.echo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineSplitterTest {
    private static final int MAX = 10;

    private final LineSplitter splitter = new LineSplitter(MAX);
    private final StringBuilder passed = new StringBuilder();

    private boolean split(String data) {
        ByteBuffer bytes = ByteBuffer.wrap(data.getBytes(ISO_8859_1)).asReadOnlyBuffer();
        boolean fine = splitter.split(bytes, this::take);
        if (fine) {
            assertThat(bytes.hasRemaining()).isFalse();
        }
        return fine;
    }

    private void take(ByteBuffer line) {
        passed.append(ISO_8859_1.decode(line)).append('|');
    }

    @Test
    void eachWholeLineIsPassedOnByItself() {
        assertThat(split("one\ntwo\n\nthree\n")).isTrue();

        assertThat(passed).hasToString("one\n|two\n|\n|three\n|");
    }

    @Test
    void anUnfinishedLineWaitsForItsEnd() {
        assertThat(split("one\ntw")).isTrue();
        assertThat(passed).hasToString("one\n|");

        assertThat(split("o\nth")).isTrue();
        assertThat(passed).hasToString("one\n|tw|o\n|");
    }

    @Test
    void theUnfinishedLastLineIsPassedOnAtTheEnd() {
        split("one\ntwo");

        splitter.finish(this::take);
        splitter.finish(this::take);

        assertThat(passed).hasToString("one\n|two|");
    }

    @Test
    void aLineOfExactlyTheLimitIsNotTooLong() {
        assertThat(split("0123456789\n")).isTrue();
        assertThat(split("01234")).isTrue();
        assertThat(split("56789")).isTrue();
        assertThat(split("\n")).isTrue();

        assertThat(passed).hasToString("0123456789\n|0123456789|\n|");
    }

    @Test
    void aLineOfOneByteMoreIsTooLongAndTheLinesBeforeItArePassedOn() {
        assertThat(split("fine\n0123456789x\n")).isFalse();

        assertThat(passed).hasToString("fine\n|");
    }

    @Test
    void aLineIsTooLongBeforeItsEndIsSeen() {
        assertThat(split("0123456789")).isTrue();
        assertThat(split("x")).isFalse();
    }

    @Test
    void aLongPieceThatEndsALineIsTooLong() {
        assertThat(split("01234")).isTrue();
        assertThat(split("56789x\n")).isFalse();
    }

    @Test
    void howeverTheBytesComeTheSameLinesAreTold() {
        Random random = new Random(7);
        LineSplitter large = new LineSplitter(20_000);
        StringBuilder sent = new StringBuilder();
        for (int run = 0; run < 500; run++) {
            StringBuilder piece = new StringBuilder();
            for (int i = random.nextInt(1, random.nextInt(2, 6_000)); i > 0; i--) {
                piece.append(random.nextInt(500) == 0 ? '\n' : (char) ('a' + random.nextInt(26)));
            }
            sent.append(piece);
            ByteBuffer bytes = ByteBuffer.wrap(piece.toString().getBytes(ISO_8859_1));
            assertThat(large.split(bytes, line -> passed.append(ISO_8859_1.decode(line))))
                    .isTrue();
        }
        large.finish(line -> passed.append(ISO_8859_1.decode(line)));

        assertThat(passed).hasToString(sent.toString());
    }
}
