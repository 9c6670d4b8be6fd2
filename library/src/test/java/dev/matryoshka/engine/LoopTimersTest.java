package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.support.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a timer runs once, never early, in the order of time and then of age, whatever delay it is given.
 *
 * <p>Method: the virtual clock, which stands still but for polls that wait; the real one where "early" has to mean something.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopTimersTest {
    private final List<String> log = new ArrayList<>();

    @Proves(
            value = {"call_later", "call_at", "time"},
            ports = {
                "test_events.test_call_later",
                "test_base_events.test_call_later",
                "test_base_events.test_time_and_call_at"
            })
    @Test
    void timersRunAtTheirTimeInTheOrderOfTime() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            long start = rig.loop.time();
            for (int millis : new int[] {30, 10, 20}) {
                rig.loop.callLater(
                        Duration.ofMillis(millis), () -> log.add(millis + "@" + (rig.loop.time() - start) / 1_000_000));
            }
            rig.loop.callLater(Duration.ofMillis(40), rig.loop::stop);
            rig.loop.runForever();
            assertThat(log).containsExactly("10@10", "20@20", "30@30");
        }
    }

    @Test
    void timersOfEqualTimeRunInTheOrderInWhichTheyWereMade() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            long when = rig.loop.time() + 1_000;
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String name = "t" + i;
                expected.add(name);
                rig.loop.callAt(when, () -> log.add(name));
            }
            rig.loop.callAt(when, rig.loop::stop);
            rig.loop.runForever();
            assertThat(log).isEqualTo(expected);
        }
    }

    @Proves(value = "call_later", ports = "test_base_events.test_call_later_negative_delays")
    @Test
    void aZeroOrNegativeDelayMeansTheNextPass() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callLater(Duration.ofDays(-1), () -> log.add("negative"));
            rig.loop.callLater(Duration.ZERO, () -> log.add("zero"));
            rig.loop.callLater(Duration.ofSeconds(Long.MIN_VALUE), () -> log.add("smallest"));
            rig.loop.callAt(rig.loop.time() - 1_000_000_000L, () -> log.add("past"));
            rig.passes(1);
            assertThat(log).containsExactly("past", "negative", "zero", "smallest");
        }
    }

    @Test
    void theSmallestAndTheLargestTimeAreThePastAndNever() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callAt(Long.MIN_VALUE, () -> log.add("smallest"));
            TimerHandle never = rig.loop.callAt(Long.MAX_VALUE, () -> log.add("largest"));
            rig.loop.callAt(0, () -> log.add("zero"));
            rig.passes(1);
            assertThat(log).containsExactlyInAnyOrder("smallest", "zero");
            rig.kernel.pushClock(Duration.ofDays(100 * 365).toNanos());
            rig.passes(2);
            assertThat(log).doesNotContain("largest");
            never.cancel();
        }
    }

    @Test
    void timesAreComparedByTheirDistanceUnlessItIsAbsurd() {
        long nearEnd = Long.MAX_VALUE - 5;
        assertThat(Instants.within(nearEnd, nearEnd + 10))
                .as("a clock that wraps")
                .isEqualTo(nearEnd + 10);
        assertThat(Instants.within(nearEnd, nearEnd - 10)).isEqualTo(nearEnd - 10);
        assertThat(Instants.within(nearEnd, Long.MIN_VALUE >> 1)).isEqualTo(nearEnd);
        assertThat(Instants.within(-7, Long.MAX_VALUE)).isEqualTo(-7 + Instants.FARTHEST);
        assertThat(Instants.within(7, Long.MIN_VALUE)).isEqualTo(7);
        assertThat(Instants.within(7, Long.MAX_VALUE)).isEqualTo(7 + Instants.FARTHEST);
    }

    @Test
    void aHugeDelayIsNotThePastWhereTheClockWraps() {
        long born = Long.MAX_VALUE - 100;
        TimerHeap heap = new TimerHeap(born);
        long now = born + 50;
        heap.add(now + Instants.LONGEST_DELAY, () -> log.add("huge"));
        assertThat(heap.pollDue(now)).isNull();
        assertThat(heap.nanosToNext(now, Long.MAX_VALUE)).isEqualTo(Instants.LONGEST_DELAY);
    }

    @Test
    void aHugeDelayIsClampedAndNeitherOverflowsNorRunsEarly() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            TimerHandle forever = rig.loop.callLater(Duration.ofSeconds(Long.MAX_VALUE), () -> log.add("huge"));
            rig.loop.callLater(Duration.ofDays(365), rig.loop::stop);
            rig.loop.runForever();
            assertThat(log).isEmpty();
            assertThat(forever.when() - rig.loop.time())
                    .as("still the life of a person away")
                    .isGreaterThan(Duration.ofDays(25_000).toNanos());
            forever.cancel();
        }
    }

    @Test
    void theLoopSleepsADayAtMostAndThenSleepsAgain() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callLater(Duration.ofDays(10), rig.loop::stop);
            rig.loop.runForever();
            assertThat(rig.kernel.waits).hasValue(10);
        }
    }

    @Proves(value = "call_at", ports = "test_events.test_timeout_rounding")
    @Test
    void theLoopSleepsExactlyToTheNextTimer() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callLater(Duration.ofNanos(12_345), rig.loop::stop);
            rig.loop.runForever();
            assertThat(rig.kernel.lastTimeoutNanos).isEqualTo(12_345);
            assertThat(rig.kernel.polls).as("no pass was in vain").hasValue(1);
        }
    }

    @Test
    void aCancelledTimerDoesNotWakeTheLoop() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callLater(Duration.ofMillis(1), () -> log.add("cancelled")).cancel();
            rig.loop.callLater(Duration.ofMillis(5), rig.loop::stop);
            rig.loop.runForever();
            assertThat(log).isEmpty();
            assertThat(rig.kernel.polls).hasValue(1);
        }
    }

    @Test
    void aTimerMayBeCancelledTwiceAndAfterItRan() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            TimerHandle ran = rig.loop.callLater(Duration.ZERO, () -> log.add("ran"));
            TimerHandle cancelled = rig.loop.callLater(Duration.ZERO, () -> log.add("cancelled"));
            cancelled.cancel();
            cancelled.cancel();
            rig.passes(1);
            ran.cancel();
            assertThat(log).containsExactly("ran");
            assertThat(ran.isCancelled()).isFalse();
            assertThat(cancelled.isCancelled()).isTrue();
            assertThat(rig.engine.load().timers()).isZero();
        }
    }

    @Test
    void manyRandomTimersRunOnceEachInOrderAndNeverEarly() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Random random = new Random(3);
            int count = 20_000;
            List<Long> ran = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long when = rig.loop.time() + random.nextInt(1_000_000);
                rig.loop.callAt(when, () -> {
                    assertThat(rig.loop.time()).as("not early").isGreaterThanOrEqualTo(when);
                    ran.add(when);
                });
            }
            rig.loop.callLater(Duration.ofNanos(1_000_001), rig.loop::stop);
            rig.loop.runForever();
            assertThat(ran).hasSize(count).isSorted();
        }
    }

    @Test
    void onTheRealClockNoTimerIsEarly() {
        try (LoopRig rig = LoopRig.onRealTime()) {
            for (int micros = 0; micros < 5_000; micros += 37) {
                long when = rig.loop.time() + micros * 1_000L;
                rig.loop.callAt(when, () -> {
                    long late = System.nanoTime() - when;
                    if (late < 0) {
                        log.add("early by " + -late);
                    }
                });
            }
            rig.loop.callLater(Duration.ofMillis(6), rig.loop::stop);
            rig.loop.runForever();
            assertThat(log).isEmpty();
        }
    }
}
