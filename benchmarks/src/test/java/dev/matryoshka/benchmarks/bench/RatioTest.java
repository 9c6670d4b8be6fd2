package dev.matryoshka.benchmarks.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The statistics, on numbers that a person can follow. */
class RatioTest {
    @Test
    void theMedianIsTheMiddleOneOrHalfwayBetweenTwo() {
        assertThat(Ratio.median(List.of(3.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Ratio.median(List.of(4.0, 1.0, 2.0, 100.0))).isEqualTo(3);
        assertThat(Ratio.median(List.of(5.0))).isEqualTo(5);
        assertThat(Ratio.median(List.of())).isNaN();
        assertThat(Ratio.median(List.of(Double.NaN, 7.0))).isEqualTo(7);
    }

    @Test
    void theRatioIsThatOfTheMediansAndTheSpreadThatOfTheRounds() {
        Ratio ratio = Ratio.of(Map.of(1, 11.0, 2, 24.0, 3, 10.0), Map.of(1, 10.0, 2, 20.0, 3, 10.0));

        assertThat(ratio.value()).isEqualTo(1.1, within(1e-9)); // 11 / 10
        assertThat(ratio.least()).isEqualTo(1.0, within(1e-9));
        assertThat(ratio.most()).isEqualTo(1.2, within(1e-9));
        assertThat(ratio.distance()).isEqualTo(0.2, within(1e-9));
    }

    @Test
    void aMinuteThatSlowsBothDownChangesNothing() {
        Ratio quiet = Ratio.of(Map.of(1, 11.0, 2, 11.0, 3, 11.0), Map.of(1, 10.0, 2, 10.0, 3, 10.0));
        Ratio busy = Ratio.of(Map.of(1, 11.0, 2, 33.0, 3, 11.0), Map.of(1, 10.0, 2, 30.0, 3, 10.0));

        assertThat(busy.value()).isEqualTo(quiet.value());
        assertThat(busy.most()).isEqualTo(quiet.most(), within(1e-9));
    }

    @Test
    void aRoundThatOneOfThemLacksDoesNotCount() {
        Ratio ratio = Ratio.of(Map.of(1, 11.0, 2, 99.0), Map.of(1, 10.0, 3, 1.0));

        assertThat(ratio.value()).isEqualTo(1.1, within(1e-9));
        assertThat(ratio.least()).isEqualTo(ratio.most());
    }

    @Test
    void withoutAnythingToCompareThereIsNone() {
        assertThat(Ratio.of(Map.of(1, 11.0), Map.of()).isKnown()).isFalse();
        assertThat(Ratio.of(Map.of(), Map.of(1, 11.0)).isKnown()).isFalse();
        assertThat(Ratio.of(Map.of(1, Double.NaN), Map.of(1, 2.0)).isKnown()).isFalse();
        assertThat(Ratio.of(Map.of(1, 5.0), Map.of(1, 0.0)).isKnown()).isFalse();
    }
}
