package dev.matryoshka.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NewlinesTest {
    /** Bytes whose neighbourhood to a newline could fool the arithmetic. */
    private static final byte[] TRICKY = {'\n', '\n' - 1, '\n' + 1, (byte) ('\n' | 0x80), 0, -1, 1, (byte) 0x80, 'x'};

    @Test
    void findsWhatASimpleLoopFinds() {
        Random random = new Random(20_261_124);
        for (int run = 0; run < 20_000; run++) {
            ByteBuffer bytes = random.nextBoolean() ? ByteBuffer.allocate(40) : ByteBuffer.allocateDirect(40);
            for (int i = 0; i < bytes.capacity(); i++) {
                bytes.put(i, TRICKY[random.nextInt(random.nextBoolean() ? 1 : 0, TRICKY.length)]);
            }
            int from = random.nextInt(bytes.capacity());
            int to = from + random.nextInt(bytes.capacity() - from + 1);

            assertThat(Newlines.find(bytes, from, to)).isEqualTo(simply(bytes, from, to));
        }
    }

    private static int simply(ByteBuffer bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes.get(at) == '\n') {
                return at;
            }
        }
        return -1;
    }
}
