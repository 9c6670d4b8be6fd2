package dev.matryoshka.cli.echo;

import static dev.matryoshka.cli.echo.BufferPool.LARGE_BYTES;
import static dev.matryoshka.cli.echo.BufferPool.MEDIUM_BYTES;
import static dev.matryoshka.cli.echo.BufferPool.SMALL_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private final BufferPool pool = new BufferPool();

    @Test
    void whoFillsABufferGetsTheNextSizeAndWhoReceivesLittleASmallOne() {
        ByteBuffer medium = pool.fitting(pool.takeSmall(), SMALL_BYTES);
        assertThat(medium.capacity()).isEqualTo(MEDIUM_BYTES);
        assertThat(pool.fitting(medium, SMALL_BYTES))
                .as("neither full nor nearly empty")
                .isSameAs(medium);
        ByteBuffer large = pool.fitting(medium, MEDIUM_BYTES);
        assertThat(large.capacity()).isEqualTo(LARGE_BYTES);
        assertThat(pool.fitting(large, LARGE_BYTES)).as("the largest").isSameAs(large);
        assertThat(pool.fitting(large, 1).capacity()).isEqualTo(SMALL_BYTES);
    }

    @Test
    void theLastBufferGivenBackIsTheFirstTakenAndEmpty() {
        ByteBuffer first = pool.takeSmall();
        ByteBuffer last = pool.takeSmall();
        pool.giveBack(first);
        pool.giveBack(last.position(7));
        assertThat(pool.takeSmall()).isSameAs(last).matches(buffer -> buffer.position() == 0);
    }

    @Test
    void aThousandBusyConnectionsHaveAMediumOneEachAndAFewALargeOne() {
        List<ByteBuffer> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            all.add(pool.fitting(pool.takeSmall(), SMALL_BYTES));
        }
        assertThat(all).allMatch(buffer -> buffer.capacity() == MEDIUM_BYTES);
        all.replaceAll(buffer -> pool.fitting(buffer, MEDIUM_BYTES));
        assertThat(all).filteredOn(buffer -> buffer.capacity() == LARGE_BYTES).hasSize(BufferPool.LARGE_MAX_COUNT);
        assertThat(all).filteredOn(buffer -> buffer.capacity() == SMALL_BYTES).isEmpty();
        assertThat(pool.hasLarger(all.getLast())).isFalse();
    }

    @Test
    void theLargestThatIsLeftIsTheSameOneForAllWhoGiveItBack() {
        ByteBuffer first = pool.takeLargest();
        assertThat(first.capacity()).isEqualTo(LARGE_BYTES);
        pool.giveBack(first);
        assertThat(pool.takeLargest()).isSameAs(first);
        for (int i = 1; i < BufferPool.LARGE_MAX_COUNT; i++) {
            assertThat(pool.takeLargest().capacity()).isEqualTo(LARGE_BYTES);
        }
        for (int i = 0; i < BufferPool.MEDIUM_MAX_COUNT; i++) {
            assertThat(pool.takeLargest().capacity()).isEqualTo(MEDIUM_BYTES);
        }
        assertThat(pool.takeLargest().capacity()).isEqualTo(SMALL_BYTES);
    }

    @Test
    void whatIsGivenBackCanBeHadAgain() {
        List<ByteBuffer> all = new ArrayList<>();
        ByteBuffer small = pool.takeSmall();
        while (pool.hasLarger(small)) {
            all.add(pool.takeLarger(small));
        }
        assertThat(pool.fitting(small, SMALL_BYTES)).isSameAs(small);
        pool.giveBack(all.getFirst());
        assertThat(pool.fitting(small, SMALL_BYTES).capacity()).isEqualTo(MEDIUM_BYTES);
    }
}
