package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal (hazard 4): our own sleeps and timeouts do not hop through a timer thread of the JDK, as its timed parks do.
 *
 * <p>Method: a hop ends in a call from another thread, so it wakes the kernel: wake-ups are counted. The JDK's own timed
 * waits show what a hop looks like, and that they work all the same.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HazardHopTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    @Test
    void ourSleepsAndTimeoutsNeedNoOtherThread() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.run(() -> {
                Task.sleep(SHORT);
                assertThatThrownBy(() ->
                                dev.matryoshka.task.Timeout.within(SHORT, () -> Task.sleep(SHORT.multipliedBy(500))))
                        .isInstanceOf(TimeoutException.class);
                Task<Void> slow = Task.create(rig.loop, null, () -> {
                    Task.sleep(SHORT.multipliedBy(5));
                    return null;
                });
                assertThatThrownBy(() -> slow.get(20, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
                TaskGroup.run(group -> group.createTask(() -> Task.sleep(SHORT)));
                return slow.await();
            });
            assertThat(rig.kernel.waits.get()).as("it did sleep").isPositive();
            assertThat(rig.kernel.wakeups).as("calls from other threads").hasValue(0);
        }
    }

    @Test
    void aTimedParkOfTheJdkHopsAndWorks() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.run(() -> {
                // On a machine that is busy the time may be over before the loop sleeps; then nobody has to wake it.
                for (int i = 0; i < 100 && rig.kernel.wakeups.get() == 0; i++) {
                    long began = System.nanoTime();
                    LockSupport.parkNanos(SHORT.toNanos());
                    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(SHORT.toNanos() / 2);
                }
                return null;
            });
            assertThat(rig.kernel.wakeups)
                    .as("the call of the JDK's timer thread")
                    .hasPositiveValue();
        }
    }
}
