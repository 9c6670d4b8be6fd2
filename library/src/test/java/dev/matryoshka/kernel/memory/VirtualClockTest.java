package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.ReadySink;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: time jumps when everybody waits and never otherwise. Method: polls on one thread, then on two. */
@Timeout(20)
class VirtualClockTest {
    private static final ReadySink NOBODY = (token, bits) -> {};
    private static final long SECOND = 1_000_000_000;

    private final MemoryNetwork network = new MemoryNetwork();
    private final VirtualClock clock = network.virtualClock();
    private MemoryKernel mine;

    @BeforeEach
    void open() {
        mine = (MemoryKernel) network.open();
    }

    @AfterEach
    void close() {
        mine.close();
    }

    /** What {@code job} answers, on a platform thread of its own. */
    private static <T> FutureTask<T> elsewhere(Callable<T> job) {
        FutureTask<T> task = new FutureTask<>(job);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static void awaitWaiting(MemoryKernel kernel) {
        while (!kernel.poller().isWaiting()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aPollWithNothingToDoJumpsOverItsTimeout() throws IOException {
        long before = clock.nanoTime();
        assertThat(mine.poller().poll(Duration.ofDays(1).toNanos(), NOBODY)).isZero();
        assertThat(clock.nanoTime() - before).isEqualTo(Duration.ofDays(1).toNanos());
        mine.poller().poll(0, NOBODY);
        assertThat(clock.nanoTime() - before).isEqualTo(Duration.ofDays(1).toNanos());
    }

    @Test
    void eventsAndWakeUpsComeBeforeTime() throws IOException {
        long before = clock.nanoTime();
        Side side = new Side(network);
        NonBlockingSocket[] pair = side.pair(side);
        side.kernel.poller().register(pair[1], 1);
        side.poll(1);
        Side.send(pair[0], "x");
        assertThat(side.poll(1, SECOND)).isEqualTo(READABLE);
        side.kernel.poller().wakeup();
        side.kernel.poller().wakeup();
        side.poll(1, -1);
        side.kernel.poller().wakeup();
        side.poll(1, 0);
        assertThat(clock.nanoTime()).isEqualTo(before);
        side.poll(1, SECOND);
        assertThat(clock.nanoTime()).as("no wake-up was left over").isEqualTo(before + SECOND);
        side.close();
    }

    @Test
    void advanceMovesTimeByHandAndNotBack() {
        long before = clock.nanoTime();
        clock.advance(5);
        clock.advance(0);
        assertThat(clock.nanoTime()).isEqualTo(before + 5);
        assertThatThrownBy(() -> clock.advance(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(clock::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void heldTimeWaitsForAWakeUp() throws Exception {
        long before = clock.nanoTime();
        mine.holdTime();
        FutureTask<Integer> polled = elsewhere(() -> mine.poller().poll(SECOND, NOBODY));
        awaitWaiting(mine);
        assertThat(clock.nanoTime()).isEqualTo(before);
        mine.poller().wakeup();
        assertThat(polled.get()).isZero();
        assertThat(clock.nanoTime()).isEqualTo(before);
        mine.releaseTime();
        assertThat(clock.nanoTime()).as("nobody waits").isEqualTo(before);
    }

    @Test
    void theLastReleaseLetsTimeJump() throws Exception {
        long before = clock.nanoTime();
        clock.hold();
        clock.hold();
        FutureTask<Integer> polled = elsewhere(() -> mine.poller().poll(SECOND, NOBODY));
        awaitWaiting(mine);
        clock.release();
        assertThat(mine.poller().isWaiting()).isTrue();
        clock.release();
        assertThat(polled.get()).isZero();
        assertThat(clock.nanoTime()).isEqualTo(before + SECOND);
    }

    @Test
    void heldTimeMovesByHandUpToADeadline() throws Exception {
        clock.hold();
        FutureTask<Integer> polled = elsewhere(() -> mine.poller().poll(SECOND, NOBODY));
        awaitWaiting(mine);
        clock.advance(SECOND - 1);
        assertThat(mine.poller().isWaiting()).isTrue();
        clock.advance(1);
        assertThat(polled.get()).isZero();
    }

    @Test
    void twoThreadsAgreeOnTheEarliestDeadline() throws Exception {
        long before = clock.nanoTime();
        MemoryKernel other = (MemoryKernel) network.open();
        FutureTask<Long> late = elsewhere(() -> {
            other.poller().poll(5 * SECOND, NOBODY);
            return clock.nanoTime();
        });
        awaitWaiting(other);
        assertThat(clock.nanoTime()).as("this thread may still act").isEqualTo(before);
        mine.poller().poll(3 * SECOND, NOBODY);
        assertThat(clock.nanoTime()).isEqualTo(before + 3 * SECOND);
        assertThat(other.poller().isWaiting()).isTrue();
        mine.poller().poll(3 * SECOND, NOBODY);
        assertThat(late.get()).isEqualTo(before + 5 * SECOND);
        assertThat(clock.nanoTime())
                .as("the other's thread has ended, which counts as waiting")
                .isEqualTo(before + 6 * SECOND);
        other.close();
    }

    @Test
    void randomWaitsOfTwoThreadsHappenInTheOrderOfTheirDeadlines() throws Exception {
        long before = clock.nanoTime();
        CountDownLatch opened = new CountDownLatch(1);
        FutureTask<Long> there = elsewhere(() -> {
            MemoryKernel other = (MemoryKernel) network.open();
            opened.countDown();
            for (int i = 0; i < 2000; i++) {
                other.poller().poll(7, NOBODY);
                assertThat(clock.nanoTime() - before).isEqualTo(7L * (i + 1));
            }
            other.close();
            return clock.nanoTime() - before;
        });
        assertThat(opened.await(10, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 1000; i++) {
            mine.poller().poll(11, NOBODY);
            assertThat(clock.nanoTime() - before).isEqualTo(11L * (i + 1));
        }
        mine.close();
        assertThat(there.get()).isEqualTo(14_000);
    }

    @Test
    void closingAKernelLeavesTheTimeToTheOthers() throws Exception {
        long before = clock.nanoTime();
        MemoryKernel other = (MemoryKernel) network.open();
        FutureTask<Integer> polled = elsewhere(() -> other.poller().poll(SECOND, NOBODY));
        awaitWaiting(other);
        assertThat(clock.nanoTime()).isEqualTo(before);
        mine.close();
        assertThat(polled.get()).isZero();
        assertThat(clock.nanoTime()).isEqualTo(before + SECOND);
        other.close();
    }

    @Test
    void aKernelOfTheSameThreadDoesNotStopTheTime() throws IOException {
        long before = clock.nanoTime();
        try (MemoryKernel idle = (MemoryKernel) network.open()) {
            mine.poller().poll(SECOND, NOBODY);
            assertThat(clock.nanoTime()).isEqualTo(before + SECOND);
            assertThat(idle.poller().isWaiting()).isFalse();
        }
    }

    @Test
    void trafficFromAnotherThreadEndsAWaitWithoutLimit() throws Exception {
        Side here = new Side(network);
        mine.close();
        FutureTask<Integer> polled;
        try (Side there = new Side(network)) {
            NonBlockingSocket[] pair = here.pair(there);
            there.kernel.poller().register(pair[1], 4);
            there.poll(4);
            polled = elsewhere(() -> there.poll(4, -1));
            awaitWaiting((MemoryKernel) there.kernel);
            Side.send(pair[0], "wake");
            assertThat(polled.get()).isEqualTo(READABLE);
        }
        here.close();
    }

    @Test
    void anInterruptEndsAWaitAndStaysSet() throws Exception {
        FutureTask<Boolean> polled = new FutureTask<>(() -> {
            mine.poller().poll(-1, NOBODY);
            return Thread.currentThread().isInterrupted();
        });
        Thread thread = Thread.ofPlatform().daemon().start(polled);
        awaitWaiting(mine);
        thread.interrupt();
        assertThat(polled.get()).isTrue();
    }

    @Test
    void realTimeIsWaitedFor() throws IOException {
        MemoryNetwork real = new MemoryNetwork(System::nanoTime);
        assertThatThrownBy(real::virtualClock).isInstanceOf(IllegalStateException.class);
        try (MemoryKernel kernel = (MemoryKernel) real.open()) {
            kernel.holdTime();
            long before = System.nanoTime();
            assertThat(kernel.poller().poll(2_000_000, NOBODY)).isZero();
            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(2_000_000);
            kernel.releaseTime();
            kernel.poller().wakeup();
            assertThat(kernel.poller().poll(-1, NOBODY)).isZero();
        }
    }

    @Test
    void aClosedKernelIsNotPolledAndIgnoresWakeUps() {
        mine.close();
        mine.close();
        mine.poller().wakeup();
        assertThatThrownBy(() -> mine.poller().poll(0, NOBODY)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mine.openStream(java.net.StandardProtocolFamily.INET))
                .isInstanceOf(IllegalStateException.class);
    }
}
