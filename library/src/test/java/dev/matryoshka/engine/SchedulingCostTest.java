package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * Goal: what is scheduled costs its handle and nothing beside it.
 *
 * <p>Method: bytes that the calling thread allocates per call, the least of several rounds: what the compiler and others allocate
 * meanwhile is not ours. The bounds are those of a JVM with headers of 12 bytes.
 */
class SchedulingCostTest {
    private static final int ROUNDS = 20;
    private static final int CALLS = 10_000;

    /** A handle: header, state, body. */
    private static final double HANDLE_BYTES = 24;

    /** A timer: the same, with heap, place, time and age. */
    private static final double TIMER_BYTES = 48;

    /** A place in the inbox is a reference; a chunk has a header and links besides. */
    private static final double PLACE_BYTES = 4 + 64.0 / InboxChunk.PLACES;

    private static final Runnable NOTHING = () -> {};
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Not even a handle, where the compiler sees that nobody keeps it: {@code PostCostTest}. */
    @Test
    void aCallFromAnotherThreadAllocatesItsHandleAndAPlaceAtMost() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            double bytes = leastBytesPerCall(rig, () -> rig.loop.callSoonThreadsafe(NOTHING));
            assertThat(bytes).isLessThanOrEqualTo(HANDLE_BYTES + PLACE_BYTES);
        }
    }

    @Test
    void aCallOfTheLoopAllocatesItsHandle() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            double bytes = leastBytesPerCall(rig, () -> rig.loop.callSoon(NOTHING));
            assertThat(bytes).isLessThanOrEqualTo(HANDLE_BYTES + 16); // the ring grows from nothing in each round
        }
    }

    @Test
    void aTimerThatIsAddedAndCancelledAllocatesItself() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            long later = rig.loop.time() + 3_600_000_000_000L;
            double bytes =
                    leastBytesPerCall(rig, () -> rig.loop.callAt(later, NOTHING).cancel());
            assertThat(bytes).isLessThanOrEqualTo(TIMER_BYTES);
            assertThat(rig.engine.load().timers()).isZero();
        }
    }

    private double leastBytesPerCall(LoopRig rig, Runnable call) {
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / (double) CALLS);
            rig.passes(1);
        }
        return least;
    }
}
