package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Goal: memory that goes from one connection to the next carries nothing of the former's wishes along. */
class HeapPoolTest {
    @Test
    void whoChangesTheOrderOfALentViewDoesNotChangeItForTheNext() {
        HeapPool pool = new HeapPool();
        HeapPool.Piece piece = pool.take();
        piece.lend(8).order(ByteOrder.LITTLE_ENDIAN);
        pool.giveBack(piece);
        HeapPool.Piece again = pool.take();
        assertThat(again).isSameAs(piece);
        assertThat(again.lend(8).order()).isEqualTo(ByteOrder.BIG_ENDIAN);
        pool.giveBack(again);
    }
}
