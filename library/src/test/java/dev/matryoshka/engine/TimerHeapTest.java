package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Proves;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: timers leave by time, then by age; cancelling costs nothing and loses nothing.
 *
 * <p>Method: single cases, and random operations beside a sorted list.
 */
class TimerHeapTest {
    private static final Runnable NOTHING = () -> {};

    private final TimerHeap heap = new TimerHeap(0);

    @Test
    void anEmptyHeapAnswersNull() {
        assertThat(heap.peek()).isNull();
        assertThat(heap.pollDue(Long.MAX_VALUE >> 1)).isNull();
    }

    @Test
    void timersLeaveByTime() {
        for (long when : new long[] {5, 3, 9, 1, 7}) {
            heap.add(when, NOTHING);
        }
        assertThat(drain(100)).containsExactly(1L, 3L, 5L, 7L, 9L);
    }

    @Test
    void timersOfEqualTimeLeaveInTheOrderInWhichTheyWereMade() {
        List<Timer> made = IntStream.range(0, 1_000)
                .mapToObj(i -> heap.add(i % 3, NOTHING))
                .toList();
        List<Timer> left = new ArrayList<>();
        for (Timer due; (due = heap.pollDue(10)) != null; ) {
            left.add(due);
        }
        List<Timer> expected = new ArrayList<>(made);
        expected.sort(Comparator.comparingLong(timer -> timer.when)); // a stable sort keeps the age
        assertThat(left).containsExactlyElementsOf(expected);
    }

    @Test
    void aTimerIsDueAtItsTimeAndNotANanosecondBefore() {
        heap.add(100, NOTHING);
        assertThat(heap.pollDue(99)).isNull();
        assertThat(heap.pollDue(100)).isNotNull();
    }

    @Test
    void timesCompareAcrossTheOverflowOfTheClock() {
        long nearEnd = Long.MAX_VALUE - 1;
        TimerHeap heap = new TimerHeap(nearEnd - 100);
        Timer after = heap.add(nearEnd + 10, NOTHING); // has wrapped to a negative number
        Timer before = heap.add(nearEnd, NOTHING);
        assertThat(heap.pollDue(nearEnd)).isSameAs(before);
        assertThat(heap.pollDue(nearEnd)).isNull();
        assertThat(heap.pollDue(nearEnd + 10)).isSameAs(after);
    }

    @Test
    void aCancelledTimerNeverLeaves() {
        Timer first = heap.add(1, NOTHING);
        Timer second = heap.add(2, NOTHING);
        first.cancel();
        assertThat(heap.size()).isEqualTo(1);
        assertThat(heap.pollDue(10)).isSameAs(second);
        assertThat(heap.pollDue(10)).isNull();
        assertThat(heap.size()).isZero();
    }

    @Test
    void cancellingTwiceCountsOnce() {
        Timer timer = heap.add(1, NOTHING);
        heap.add(2, NOTHING);
        timer.cancel();
        timer.cancel();
        assertThat(heap.size()).isEqualTo(1);
    }

    @Test
    void cancellingATimerThatHasLeftTheHeapIsNotCounted() {
        Timer due = heap.add(1, NOTHING);
        heap.add(5, NOTHING);
        heap.pollDue(1);
        due.cancel();
        assertThat(due.isCancelled()).isTrue();
        assertThat(heap.size()).isEqualTo(1);
    }

    @Test
    void cancellingAfterTheHeapWasClearedIsNotCounted() {
        Timer timer = heap.add(1, NOTHING);
        heap.clear();
        timer.cancel();
        assertThat(heap.size()).isZero();
    }

    /** asyncio keeps them until there are more than 100 entries and more than half are cancelled: its cases, our answer. */
    @ParameterizedTest
    @CsvSource({"1, 1", "100, 99", "101, 50", "101, 51", "102, 51", "102, 52", "1000, 500", "1000, 501", "1000, 1000"})
    @Proves(value = "call_later", ports = "test_base_events.test__run_once_cancelled_event_cleanup")
    void aCancelledTimerLeavesTheHeapAtOnce(int entries, int cancelled) {
        List<Timer> timers =
                IntStream.range(0, entries).mapToObj(i -> heap.add(i, NOTHING)).toList();
        timers.subList(entries - cancelled, entries).forEach(Timer::cancel);
        assertThat(heap.size()).isEqualTo(entries - cancelled);
        assertThat(drain(entries)).hasSize(entries - cancelled).isSorted();
    }

    @Test
    void aHeapThatWasLargeLetsGoOfItsMemory() {
        List<Timer> timers =
                IntStream.range(0, 100_000).mapToObj(i -> heap.add(i, NOTHING)).toList();
        assertThat(heap.places()).isGreaterThanOrEqualTo(100_000);
        timers.subList(10, 100_000).forEach(Timer::cancel);
        assertThat(heap.places()).isLessThanOrEqualTo(64);
        assertThat(drain(10)).hasSize(10).isSorted();
    }

    @Test
    void oneThatIsTakenFromTheMiddleLeavesTheOthersInOrder() {
        for (int victim = 0; victim < 200; victim++) {
            TimerHeap many = new TimerHeap(0);
            List<Timer> timers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                timers.add(many.add(i * 37L % 101, NOTHING)); // equal times among them
            }
            timers.remove(victim).cancel();
            timers.sort(Comparator.comparingLong(timer -> timer.when));
            for (Timer expected : timers) {
                assertThat(many.pollDue(101)).as("without %d", victim).isSameAs(expected);
            }
            assertThat(many.peek()).isNull();
        }
    }

    @Test
    void randomOperationsAgreeWithASortedList() {
        for (long seed = 1; seed <= 20; seed++) {
            compareWithModel(new Random(seed), seed);
        }
    }

    private static void compareWithModel(Random random, long seed) {
        TimerHeap heap = new TimerHeap(0);
        List<Timer> model = new ArrayList<>();
        List<Timer> gone = new ArrayList<>();
        Comparator<Timer> order =
                Comparator.<Timer>comparingLong(timer -> timer.when).thenComparingLong(timer -> timer.sequence);
        long now = 0;
        for (int step = 0; step < 3_000; step++) {
            int dice = random.nextInt(100);
            if (dice < 45) {
                model.add(heap.add(now + random.nextInt(50) - 5, NOTHING));
            } else if (dice < 85 && !model.isEmpty()) {
                Timer victim = model.remove(random.nextInt(model.size()));
                victim.cancel();
            } else if (dice < 88 && !gone.isEmpty()) {
                gone.get(random.nextInt(gone.size())).cancel();
            } else {
                now += random.nextInt(20);
                model.sort(order);
                while (!model.isEmpty() && model.getFirst().when <= now) {
                    Timer expected = model.removeFirst();
                    assertThat(heap.pollDue(now))
                            .as("seed %d, step %d", seed, step)
                            .isSameAs(expected);
                    gone.add(expected);
                }
                assertThat(heap.pollDue(now)).as("seed %d, step %d", seed, step).isNull();
            }
            assertThat(heap.size()).as("seed %d, step %d", seed, step).isEqualTo(model.size());
        }
    }

    private List<Long> drain(long now) {
        List<Long> times = new ArrayList<>();
        for (Timer due; (due = heap.pollDue(now)) != null; ) {
            times.add(due.when);
        }
        return times;
    }
}
