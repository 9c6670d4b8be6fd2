package dev.matryoshka.kernel.faulty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Goal: rules strike when they say, and a seed repeats a run. Method: dice without a kernel. */
class FaultsTest {
    private static String strikes(Faults faults, int kernel, int calls) {
        Faults.Dice dice = faults.dice(kernel);
        StringBuilder struck = new StringBuilder();
        for (int i = 0; i < calls; i++) {
            struck.append(dice.strikes(Fault.RECV_SHORT) ? 'x' : '.');
        }
        return struck.toString();
    }

    @Test
    void rulesStrikeWhenTheySay() {
        Faults none = Faults.seeded(1);
        assertThat(strikes(none, 0, 7)).isEqualTo(".......");
        assertThat(strikes(none.at(Fault.RECV_SHORT, 3), 0, 7)).isEqualTo("..x....");
        assertThat(strikes(none.every(Fault.RECV_SHORT, 3), 0, 7)).isEqualTo("..x..x.");
        assertThat(strikes(none.percent(Fault.RECV_SHORT, 100), 0, 3)).isEqualTo("xxx");
        assertThat(strikes(none.percent(Fault.RECV_SHORT, 0), 0, 3)).isEqualTo("...");
        assertThat(strikes(none.percent(Fault.RECV_SHORT, 50), 0, 1000).replace(".", ""))
                .hasSizeBetween(400, 600);
    }

    @Test
    void aSeedRepeatsARunAndKernelsDiffer() {
        Faults faults = Faults.seeded(42).percent(Fault.RECV_SHORT, 50);
        assertThat(strikes(faults, 0, 100)).isEqualTo(strikes(faults, 0, 100));
        assertThat(strikes(faults, 0, 100)).isNotEqualTo(strikes(faults, 1, 100));
        assertThat(strikes(faults, 0, 100))
                .isNotEqualTo(strikes(Faults.seeded(43).percent(Fault.RECV_SHORT, 50), 0, 100));
    }

    @Test
    void rulesDoNotChangeEachOther() {
        Faults base = Faults.seeded(1);
        base.every(Fault.RECV_SHORT, 1).recvAtMost(1);
        assertThat(strikes(base, 0, 3)).isEqualTo("...");
        assertThat(base.dice(0).recvLimit(9)).isEqualTo(9);
        assertThat(base.toString()).contains("seed=1");
    }

    @Test
    void shortAnswersHaveAtLeastAByte() {
        Faults.Dice dice = Faults.seeded(1)
                .every(Fault.RECV_SHORT, 1)
                .every(Fault.SEND_SHORT, 1)
                .dice(0);
        for (int i = 0; i < 1000; i++) {
            assertThat(dice.recvLimit(3)).isBetween(1, 3);
            assertThat(dice.sendLimit(1L << 40)).isPositive();
            assertThat(dice.recvLimit(1)).isEqualTo(1);
        }
        assertThat(dice.struck(Fault.RECV_SHORT)).isEqualTo(2000);
    }

    @Test
    void impossibleRulesAreRefused() {
        Faults faults = Faults.seeded(1);
        assertThatThrownBy(() -> faults.at(Fault.RECV_RESET, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> faults.every(Fault.RECV_RESET, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> faults.percent(Fault.RECV_RESET, 101)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> faults.recvAtMost(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> faults.lateBy(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
