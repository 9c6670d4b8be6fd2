package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Seeds;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Goal: what goes in comes out, in order, whatever the sizes; memory is held only while there are bytes, and no more of it than they
 * need.
 *
 * <p>Method: seeded scripts of appends, partial takes and clears against an array; chunks of 1 KiB.
 */
class ChunkQueueTest {
    private static final int CHUNK = 1024;
    private static final int STEPS = 300;

    private final ChunkPool pool = new ChunkPool(ScriptedKernel.onVirtualTime(), CHUNK);
    private final ChunkQueue queue = new ChunkQueue(pool);

    @ParameterizedTest
    @Seeds(100)
    void everyByteComesOutInOrder(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteArrayOutputStream in = new ByteArrayOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(3) > 0) {
                byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 20 : 3 * CHUNK)];
                random.nextBytes(bytes);
                in.writeBytes(bytes);
                ByteBuffer source = ByteBuffer.wrap(bytes);
                queue.append(source);
                assertThat(source.hasRemaining()).isFalse();
            }
            while (!queue.isEmpty() && random.nextInt(4) > 0) {
                take(queue, random.nextInt(queue.head().remaining() + 1), out);
            }
            assertThat(queue.size()).isEqualTo(in.size() - out.size());
            int least = (queue.size() + CHUNK - 1) / CHUNK;
            assertThat(pool.inUse()).isBetween(least, queue.size() < 2 ? least : (queue.size() - 2) / CHUNK + 2);
        }
        while (!queue.isEmpty()) {
            take(queue, queue.head().remaining(), out);
        }
        assertThat(out.toByteArray()).isEqualTo(in.toByteArray());
        assertThat(pool.inUse()).isZero();
    }

    /** Takes so many bytes of the oldest piece. */
    static void take(ChunkQueue queue, int count, ByteArrayOutputStream out) {
        byte[] taken = new byte[count];
        queue.head().get(taken);
        queue.took(count);
        out.writeBytes(taken);
    }

    @Test
    void clearedItHoldsNothing() {
        queue.append(ByteBuffer.allocate(5 * CHUNK));
        queue.took(100);
        assertThat(pool.inUse()).isEqualTo(5);
        queue.clear();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(pool.inUse()).isZero();
        assertThatIllegalStateException().isThrownBy(queue::head);
    }

    /** The bytes before stay, and an empty queue keeps no chunk for those that did not come. */
    @Test
    void aSourceWhoseMemoryIsGoneLeavesNothingBehind() {
        ByteBuffer gone;
        try (Arena arena = Arena.ofConfined()) {
            gone = arena.allocate(10).asByteBuffer();
        }
        assertThatThrownBy(() -> queue.append(gone)).isInstanceOf(IllegalStateException.class);
        assertThat(pool.inUse()).isZero();

        queue.append(ByteBuffer.wrap(new byte[] {7}));
        assertThatThrownBy(() -> queue.append(gone)).isInstanceOf(IllegalStateException.class);
        assertThat(queue.size()).isOne();
        assertThat(queue.head().get()).isEqualTo((byte) 7);
    }
}
