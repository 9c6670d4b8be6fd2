package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.ReadySink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a poll waits as long as it is told and no longer than it must; a wake-up is never lost. Method: {@link KernelContract}, the
 * kernel's own clock, and threads that ring. A lost wake-up shows as a wait to its limit, which is far above all others.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelPollTest extends KernelContract {
    private static final ReadySink NOBODY = (token, readiness) -> {};
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long MILLI_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** The rounds end then, however many there were: a busy machine has seen fewer, and seen no wake-up lost. */
    private static final long ROUNDS_LAST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long elapsedIn(long timeoutNanos) throws IOException {
        long start = kernel.clock().nanoTime();
        int reported = kernel.poller().poll(timeoutNanos, NOBODY);
        assertThat(reported).isZero();
        return kernel.clock().nanoTime() - start;
    }

    private void assertReturnsEarly() throws IOException {
        assertThat(elapsedIn(LIMIT_NANOS)).isLessThan(LIMIT_NANOS);
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    @Test
    void zeroOnlyLooks() throws IOException {
        assertThat(elapsedIn(0)).isLessThan(LIMIT_NANOS);
        assertThat(elapsedIn(0)).isLessThan(LIMIT_NANOS);
    }

    @Test
    void aPollIsNeverBackBeforeItsTime() throws IOException {
        long[] timeouts = {1, 1_000, 400_000, MILLI_NANOS - 1, MILLI_NANOS, MILLI_NANOS + 1, 2_500_000, 30 * MILLI_NANOS
        };
        for (int round = 0; round < 3; round++) {
            for (long timeout : timeouts) {
                assertThat(elapsedIn(timeout)).as("of %d ns", timeout).isBetween(timeout, timeout + LIMIT_NANOS);
            }
        }
    }

    @Test
    void waitingForAWhileTakesFewPolls() throws IOException {
        long end = kernel.clock().nanoTime() + 20 * MILLI_NANOS;
        int polls = 0;
        for (long left; (left = end - kernel.clock().nanoTime()) > 0; polls++) {
            kernel.poller().poll(left, NOBODY);
        }
        assertThat(polls).isBetween(1, 3);
    }

    @Test
    void theLongestTimeoutIsNoOverflow() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "x");
        assertThat(kernel.poller().poll(Long.MAX_VALUE, NOBODY)).isPositive();
        kernel.poller().wakeup();
        kernel.poller().poll(Long.MAX_VALUE, NOBODY);
    }

    @Test
    void anEventEndsAWaitWithoutLimit() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "x");
        int reported = 0;
        while (reported == 0) {
            reported = kernel.poller().poll(-1, NOBODY);
        }
        assertThat(reported).isPositive();
    }

    @Test
    void theClockDoesNotGoBack() {
        long last = kernel.clock().nanoTime();
        for (int i = 0; i < 1_000; i++) {
            long now = kernel.clock().nanoTime();
            assertThat(now - last).isNotNegative();
            last = now;
        }
    }

    // ---- wake-ups -------------------------------------------------------------------------------------------------

    @Test
    void aWakeupBeforeThePollEndsThePoll() throws IOException {
        kernel.poller().wakeup();
        assertThat(kernel.poller().poll(-1, NOBODY)).isZero();
    }

    @Test
    void severalWakeupsBeforeThePollAreNotReportedAsEvents() throws IOException {
        for (int i = 0; i < 10; i++) {
            kernel.poller().wakeup();
        }
        assertReturnsEarly();
        assertThat(kernel.poller().poll(0, NOBODY)).isZero();
    }

    @Test
    void aWakeupIsUsedUpByThePollThatItEnds() throws IOException {
        kernel.poller().wakeup();
        assertReturnsEarly();
        kernel.poller().poll(0, NOBODY); // may still be an early one
        assertThat(elapsedIn(5 * MILLI_NANOS)).isGreaterThanOrEqualTo(5 * MILLI_NANOS);
    }

    @Test
    void aWakeupThatIsFollowedByCloseAndReRegistrationIsStillThere() throws IOException {
        Pair pair = pair();
        driver.poll(0);
        kernel.poller().wakeup();
        driver.close(pair.client());
        driver.forget(pair.server());
        Watched again = driver.watch(pair.server().socket);
        driver.close(again);
        assertReturnsEarly();
    }

    @Test
    void aWakeupAndAnEventTogetherAreBothServed() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "x");
        kernel.poller().wakeup();
        driver.until("the event", () -> pair.server().readable());
        assertThat(driver.receive(pair.server(), 1)).hasSize(1);
    }

    @Test
    void wakeupsOfAnotherThreadEndTheWaitEachTime() throws Exception {
        AtomicInteger lastRound = new AtomicInteger(2_000);
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        Thread ringer = started("ringer", () -> {
            long end = System.nanoTime() + ROUNDS_LAST_NANOS;
            for (int i = 1; i <= lastRound.get(); i++) {
                if (System.nanoTime() - end >= 0) {
                    lastRound.set(i); // before it is asked for: so the other side knows when it has answered it
                }
                asked.set(i);
                kernel.poller().wakeup();
                while (answered.get() < i) {
                    Thread.yield();
                }
            }
        });
        for (int i = 1; i <= lastRound.get(); i++) {
            while (asked.get() < i) {
                assertThat(realSecondsOf(() -> kernel.poller().poll(LIMIT_NANOS, NOBODY)))
                        .isLessThan(20);
            }
            answered.set(i);
        }
        ringer.join();
    }

    @Test
    void wakeupsOfManyThreadsLoseNoMail() throws Exception {
        int threads = 4;
        int each = 3_000;
        AtomicInteger mail = new AtomicInteger();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            writers.add(started("writer-" + i, () -> {
                for (int n = 0; n < each; n++) {
                    mail.incrementAndGet();
                    kernel.poller().wakeup();
                }
            }));
        }
        while (mail.get() < threads * each) {
            assertThat(realSecondsOf(() -> kernel.poller().poll(LIMIT_NANOS, NOBODY)))
                    .isLessThan(20);
        }
        for (Thread writer : writers) {
            writer.join();
        }
    }

    @Test
    void wakeupsWhileSocketsAreClosedLoseNoMail() throws Exception {
        int rounds = 100;
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        Watched listener = listener();
        Thread ringer = started("ringer", () -> {
            for (int i = 1; i <= rounds; i++) {
                asked.set(i);
                kernel.poller().wakeup();
                while (answered.get() < i) {
                    Thread.yield();
                }
            }
        });
        for (int i = 1; i <= rounds; i++) {
            Watched client = driver.connect(open(), listener.socket.localAddress());
            driver.close(client);
            driver.close(driver.accept(listener));
            while (asked.get() < i) {
                assertThat(realSecondsOf(() -> kernel.poller().poll(LIMIT_NANOS, NOBODY)))
                        .isLessThan(20);
            }
            answered.set(i);
        }
        ringer.join();
    }

    @Test
    void wakeupsMayComeWhileAndAfterTheKernelIsClosed() throws Exception {
        for (int round = 0; round < 20; round++) {
            Kernel brief = provider.open();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            AtomicInteger rung = new AtomicInteger();
            Thread ringer = started("ringer", () -> {
                try {
                    for (int i = 0; i < 2_000; i++) {
                        brief.poller().wakeup();
                        rung.incrementAndGet();
                    }
                } catch (RuntimeException | Error escaped) {
                    failure.set(escaped);
                }
            });
            while (rung.get() < 100 && ringer.isAlive()) {
                Thread.onSpinWait();
            }
            brief.close();
            ringer.join();
            assertThat(failure.get()).isNull();
        }
    }

    @Test
    void wakeupsAreCounted() throws IOException {
        for (int i = 0; i < 3; i++) {
            kernel.poller().wakeup();
        }
        kernel.poller().poll(0, NOBODY);
        assertThat(kernel.systemCalls().wakeup).isEqualTo(3);
        assertThat(kernel.systemCalls().poll).isPositive();
    }

    private interface Step {
        int take() throws IOException;
    }

    /** The kernel's clock may be a virtual one, which a lost wake-up would make jump; so this asks the real one. */
    private static long realSecondsOf(Step step) throws IOException {
        long start = System.nanoTime();
        step.take();
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    }

    private static Thread started(String name, Runnable body) {
        return Thread.ofPlatform().daemon().name("test-" + name).start(body);
    }
}
