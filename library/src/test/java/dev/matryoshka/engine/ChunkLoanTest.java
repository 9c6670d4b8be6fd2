package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.ScarceMemory;
import dev.matryoshka.support.Seeds;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Goal: bytes that a queue borrows are those of the window, nothing else is taken for it, and its chunk is shared exactly as long as
 * they are held.
 *
 * <p>Method: a reader's chunk that the test owns, and overwrites as soon as nobody shares it; seeded scripts against an array.
 */
class ChunkLoanTest {
    private static final int CHUNK = 1024;
    private static final int LENT = 4096;
    private static final int STEPS = 300;

    private final ScarceMemory memory = new ScarceMemory(new MemoryNetwork(), CHUNK);
    private final ChunkPool pool = new ChunkPool(memory.over(ScriptedKernel.onVirtualTime()), CHUNK);
    private final ChunkPool lender = new ChunkPool(ScriptedKernel.onVirtualTime(), LENT);
    private final ChunkQueue queue = new ChunkQueue(pool, lender) {};
    private Chunk chunk = filled(0);

    private Chunk filled(int seed) {
        Chunk fresh = lender.take();
        for (int i = 0; i < LENT; i++) {
            fresh.bytes().clear().put(i, (byte) (i * 31 + (i >> 8) + seed));
        }
        return fresh;
    }

    private byte[] bytes(int from, int to) {
        byte[] copy = new byte[to - from];
        chunk.bytes().clear().get(from, copy);
        return copy;
    }

    private boolean borrow(int from, int to) {
        ByteBuffer window = chunk.lend(from, to);
        boolean borrowed = queue.borrow(chunk, window);
        assertThat(window.position()).isEqualTo(borrowed ? to : from);
        return borrowed;
    }

    private void assertHeld(byte[] expected) {
        assertThat(queue.size()).isEqualTo(expected.length);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!queue.isEmpty()) {
            ChunkQueueTest.take(queue, queue.head().remaining(), all);
        }
        assertThat(all.toByteArray()).isEqualTo(expected);
        assertThat(pool.inUse()).isZero();
    }

    /** Neither its own memory nor a share of the reader's. */
    private void assertNothingIsLeft() {
        assertThat(queue.isEmpty()).isTrue();
        assertThat(pool.inUse()).isZero();
        assertThat(chunk.isShared()).isFalse();
        lender.giveBack(chunk);
        assertThat(lender.inUse()).isZero();
    }

    @Test
    void aWindowIsTakenWithoutACopy() {
        assertThat(borrow(100, 600)).isTrue();
        assertThat(pool.made()).isZero();
        assertThat(chunk.isShared()).isTrue();
        assertHeld(bytes(100, 600));
        assertNothingIsLeft();
    }

    @Test
    void whatFollowsInTheSameChunkExtendsTheLoan() {
        assertThat(borrow(100, 200)).isTrue();
        assertThat(borrow(200, 300)).isTrue();
        queue.took(150);
        assertThat(borrow(300, 400)).isTrue();
        assertThat(pool.made()).isZero();
        assertHeld(bytes(250, 400));
        assertNothingIsLeft();
    }

    @Test
    void whatDoesNotFollowHasToBeCopied() {
        assertThat(borrow(100, 200)).isTrue();
        assertThat(borrow(100, 200)).as("the same again").isFalse();
        assertThat(borrow(201, 300)).as("behind a gap").isFalse();
        assertThat(borrow(0, 100)).as("what is before").isFalse();
        assertHeld(bytes(100, 200));
        assertNothingIsLeft();
    }

    @Test
    void anotherWindowIsNotBorrowed() {
        ByteBuffer window = chunk.lend(0, 100);
        assertThat(queue.borrow(chunk, window.duplicate())).isFalse();
        assertThat(queue.borrow(chunk, window.slice())).isFalse();
        assertThat(queue.borrow(chunk, chunk.bytes().clear())).isFalse();
        assertThat(window.position()).isZero();
        assertNothingIsLeft();
    }

    @Test
    void noMoreIsBorrowedThanOneChunkOfItsOwnHolds() {
        assertThat(borrow(0, CHUNK + 1)).isFalse();
        assertThat(borrow(0, CHUNK)).isTrue();
        assertThat(borrow(CHUNK, CHUNK + 1)).isFalse();
        queue.own();
        assertThat(chunk.isShared()).isFalse();
        assertHeld(bytes(0, CHUNK));
        assertNothingIsLeft();
    }

    @Test
    void behindBytesOfItsOwnNothingIsBorrowed() {
        queue.append(ByteBuffer.wrap(new byte[] {7}));
        assertThat(borrow(0, 100)).isFalse();
        assertHeld(new byte[] {7});
        assertNothingIsLeft();
    }

    @Test
    void whatComesBehindALoanMakesItItsOwn() {
        borrow(100, 200);
        queue.append(ByteBuffer.wrap(new byte[] {7}));
        assertThat(chunk.isShared()).isFalse();
        byte[] expected = Arrays.copyOf(bytes(100, 200), 101);
        expected[100] = 7;
        chunk.bytes().clear().put(150, (byte) 1);
        assertHeld(expected);
        assertNothingIsLeft();
    }

    @Test
    void clearedItSharesNothing() {
        borrow(100, 200);
        queue.took(50);
        queue.clear();
        assertNothingIsLeft();
    }

    @Test
    void theOwnerMayGiveItsChunkBackFirst() {
        borrow(100, 200);
        byte[] expected = bytes(100, 200);
        lender.giveBack(chunk);
        assertThat(lender.inUse()).isOne();
        assertThat(lender.take()).isNotSameAs(chunk);
        assertHeld(expected);
        assertThat(lender.inUse()).isOne();
        assertThat(lender.take()).isSameAs(chunk);
    }

    @Test
    void withoutMemoryForACopyTheLoanStays() {
        borrow(100, 200);
        memory.isUsedUp = true;
        assertThatThrownBy(queue::own).isInstanceOf(OutOfMemoryError.class);
        ByteBuffer more = ByteBuffer.allocate(10);
        assertThatThrownBy(() -> queue.append(more)).isInstanceOf(OutOfMemoryError.class);
        assertThat(more.position()).isZero();
        assertThat(chunk.isShared()).isTrue();
        assertHeld(bytes(100, 200));
        assertNothingIsLeft();
    }

    /** A reader that lends what it has, in pieces and of several chunks, and writes that are copied in between. */
    @ParameterizedTest
    @Seeds(200)
    void everyByteComesOutInOrder(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteArrayOutputStream in = new ByteArrayOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int loans = 0;
        int lentTo = 0;
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> {
                    int from = random.nextInt(4) == 0 ? random.nextInt(LENT) : lentTo % LENT;
                    lentTo = Math.min(LENT, from + 1 + random.nextInt(random.nextInt(3) == 0 ? 2 * CHUNK : 100));
                    in.writeBytes(bytes(from, lentTo));
                    if (borrow(from, lentTo)) {
                        loans++;
                    } else {
                        queue.append(chunk.lend(from, lentTo));
                    }
                }
                case 4 -> {
                    byte[] bytes = new byte[1 + random.nextInt(50)];
                    random.nextBytes(bytes);
                    in.writeBytes(bytes);
                    queue.append(ByteBuffer.wrap(bytes));
                }
                case 5 -> queue.own();
                case 6 -> {
                    lender.giveBack(chunk);
                    chunk = filled(random.nextInt());
                }
                default -> {}
            }
            while (!queue.isEmpty() && random.nextInt(4) > 0) {
                ChunkQueueTest.take(queue, random.nextInt(queue.head().remaining() + 1), out);
            }
            assertThat(queue.size()).isEqualTo(in.size() - out.size());
            assertThat(lender.inUse()).isBetween(1, 2);
        }
        while (!queue.isEmpty()) {
            ChunkQueueTest.take(queue, queue.head().remaining(), out);
        }
        assertThat(out.toByteArray()).isEqualTo(in.toByteArray());
        assertThat(loans).isPositive();
        assertNothingIsLeft();
    }
}
