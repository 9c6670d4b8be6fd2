package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Chunk;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: a chunk is with one holder at a time, or with those who share it, is used again, and no more than 8 MiB are kept.
 *
 * <p>Method: identity of chunks that are taken and given back.
 */
class ChunkPoolTest {
    private static final int KEPT = 128;

    private final ChunkPool pool = new ChunkPool(ScriptedKernel.onVirtualTime(), ChunkPool.WRITE_BYTES);

    @Test
    void chunksAre64KiB() {
        assertThat(pool.take().capacity()).isEqualTo(64 * 1024);
    }

    @Test
    void twoHoldersHaveTwoChunks() {
        assertThat(pool.take()).isNotSameAs(pool.take());
        assertThat(pool.inUse()).isEqualTo(2);
    }

    @Test
    void aChunkThatWasGivenBackIsUsedAgain() {
        Chunk chunk = pool.take();
        pool.giveBack(chunk);
        assertThat(pool.inUse()).isZero();
        assertThat(pool.take()).isSameAs(chunk);
    }

    @Test
    void aSharedChunkIsFreeWhenAllHaveGivenItBack() {
        Chunk chunk = pool.take();
        chunk.share();
        chunk.share();
        for (int holders = 3; holders > 1; holders--) {
            assertThat(chunk.isShared()).isTrue();
            pool.giveBack(chunk);
            assertThat(pool.inUse()).isOne();
        }
        assertThat(chunk.isShared()).isFalse();
        assertThat(pool.take()).isNotSameAs(chunk);
        pool.giveBack(chunk);
        assertThat(pool.inUse()).isOne();
        assertThat(pool.take()).isSameAs(chunk);
    }

    @Test
    void onlySoManyAreKept() {
        Chunk[] taken = new Chunk[KEPT + 10];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = pool.take();
        }
        Set<Chunk> first = new HashSet<>(Set.of(taken));
        for (Chunk chunk : taken) {
            pool.giveBack(chunk);
        }
        assertThat(pool.inUse()).isZero();
        int again = 0;
        for (int i = 0; i < taken.length; i++) {
            again += first.contains(pool.take()) ? 1 : 0;
        }
        assertThat(again).isEqualTo(KEPT);
    }
}
