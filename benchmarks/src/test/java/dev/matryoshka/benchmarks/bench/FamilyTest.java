package dev.matryoshka.benchmarks.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The names of workloads. */
class FamilyTest {
    @Test
    void numbersAloneAreAnEcho() {
        assertThat(Family.parse("10x1024")).isEqualTo(new Workload(Family.ECHO, 10, 1024, 1));
        assertThat(Family.parse("10x64x64")).isEqualTo(new Workload(Family.ECHO, 10, 64, 64));
        assertThat(Family.parse("10x64x64").title()).isEqualTo("10 connections, 64 B messages, 64 in flight on each");
        assertThat(Family.parse("1x1024").title()).isEqualTo("1 connection, 1 KiB messages");
    }

    @Test
    void aWordHasItsStandardOrNumbersOfItsOwn() {
        assertThat(Family.parse("lines")).isEqualTo(new Workload(Family.LINES, 10, 64, 64));
        assertThat(Family.parse("two-write").family()).isEqualTo(Family.TWO_WRITE);
        assertThat(Family.parse("tls-5x16384")).isEqualTo(new Workload(Family.TLS, 5, 16_384, 1));
        assertThat(Family.parse("tls-resume-5x64").family()).isEqualTo(Family.TLS_RESUME);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void everyNameIsReadAsWhatItNames(Family family) {
        Workload other = new Workload(family, 3, 77, 2);

        assertThat(Family.parse(family.standard().name())).isEqualTo(family.standard());
        assertThat(Family.parse(other.name())).isEqualTo(other);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "10x",
                "nonsense",
                "10x0",
                "0x10",
                "999999x1",
                "10x1x0",
                "lines-10",
                "10x99999999999",
                "Lines"
            })
    void whatIsNoNameIsToldAsSuch(String name) {
        assertThatThrownBy(() -> Family.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("not a workload, see --list: .*|.* not 1 to \\d+: \\d+");
    }

    @Test
    void everythingIsDoneOnceAndTheUsualIsPartOfIt() {
        assertThat(Workloads.all()).doesNotHaveDuplicates().containsAll(Workloads.small());
        assertThat(Workloads.all().stream().map(Workload::family)).contains(Family.values());
        assertThat(Workloads.all().getLast().family()).isNotEqualTo(Family.ECHO);
    }
}
