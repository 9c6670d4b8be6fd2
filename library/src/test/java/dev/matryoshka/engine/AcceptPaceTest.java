package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Proves;
import org.junit.jupiter.api.Test;

/** Goal: few accepts in vain, and no queue that overflows. Method: passes are counted by hand. */
class AcceptPaceTest {
    private final LoopCounters counters = new LoopCounters();

    /** Connections that one pass takes of so many that wait. */
    private int pass(AcceptPace pace, int waiting) {
        int taken = 0;
        while (taken < waiting) {
            taken++;
            if (!pace.tookOne()) {
                counters.passes++;
                return taken;
            }
        }
        pace.foundNone();
        counters.passes++;
        return taken;
    }

    @Test
    void connectionsThatComeOneByOneAreTakenWithoutACallInVain() {
        AcceptPace pace = new AcceptPace(counters, true, 100);
        for (int i = 0; i < 1000; i++) {
            assertThat(pace.tookOne()).as("try for another").isFalse();
            counters.passes += 2;
        }
    }

    @Test
    void aBurstIsTakenFasterAndFaster() {
        AcceptPace pace = new AcceptPace(counters, true, 100);
        int passes = 0;
        for (int left = 1000; left > 0; passes++) {
            left -= pass(pace, left);
        }
        assertThat(passes).isEqualTo(AcceptPace.PATIENCE + 6 + 9);
    }

    @Test
    void whoFindsLessThanItMightTakeIsCalmAgain() {
        AcceptPace pace = new AcceptPace(counters, true, 100);
        for (int i = 0; i < AcceptPace.PATIENCE; i++) {
            assertThat(pass(pace, 10)).isEqualTo(1);
        }
        assertThat(pass(pace, 10)).isEqualTo(2);
        assertThat(pass(pace, 10)).isEqualTo(4);
        assertThat(pass(pace, 5)).isEqualTo(5);
        assertThat(pass(pace, 10)).isEqualTo(1);
    }

    @Proves("W13")
    @Test
    void aCrowdedPassTakesAWholeBatchAndNeverMore() {
        AcceptPace pace = new AcceptPace(counters, true, 100);
        counters.channelsInPass = AcceptPace.CROWD;
        assertThat(pass(pace, 1000)).isEqualTo(100);
        counters.channelsInPass = AcceptPace.CROWD - 1;
        assertThat(pass(pace, 1000)).isEqualTo(1);
    }

    @Test
    void whereThePollDoesNotTellAgainAPassTakesABatch() {
        AcceptPace pace = new AcceptPace(counters, false, 7);
        assertThat(pass(pace, 1000)).isEqualTo(7);
        assertThat(pass(pace, 3)).isEqualTo(3);
        assertThat(pace.isRepeated()).isFalse();
    }
}
