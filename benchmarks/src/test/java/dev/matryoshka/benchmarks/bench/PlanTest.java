package dev.matryoshka.benchmarks.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a run is divided, how long it takes, and where its processes are put. */
class PlanTest {
    private static Plan plan(List<Workload> workloads, int contestants, int rounds, Duration measure) {
        List<Contestant> all = IntStream.range(0, contestants)
                .mapToObj(i -> Fixtures.contestant("server" + i))
                .toList();
        return new Plan(all, workloads, rounds, measure, 1);
    }

    @Test
    void whatIsUsualTakesLessThanTwoMinutes() {
        // four dolls, Netty, C, and one of the dolls again
        Plan plan = plan(Workloads.small(), 7, 5, Duration.ofMillis(300));

        assertThat(plan.length()).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(105));
    }

    @Test
    void workloadsShareAServerThatIsStartedAsTheSame() {
        List<Workload> workloads = Workloads.parse(List.of("10x1024", "lines", "churn", "udp", "lines-1x10"));

        assertThat(plan(workloads, 1, 1, Duration.ofMillis(1)).groups().values())
                .containsExactly(
                        Workloads.parse(List.of("10x1024", "churn")),
                        Workloads.parse(List.of("lines", "lines-1x10")),
                        Workloads.parse(List.of("udp")));
    }

    @Test
    void coresAreReadAsTheKernelWritesThem() {
        assertThat(Pinning.cores("0-2,8\n")).containsExactly(0, 1, 2, 8);
        assertThat(Pinning.cores("5")).containsExactly(5);
        assertThat(Pinning.cores(" ")).isEmpty();
    }

    @Test
    void timeIsToldInMinutesAndSeconds() {
        assertThat(Progress.text(Duration.ofMillis(59_400))).isEqualTo("59 s");
        assertThat(Progress.text(Duration.ofMillis(59_600))).isEqualTo("1 min 0 s");
        assertThat(Progress.text(Duration.ofSeconds(125))).isEqualTo("2 min 5 s");
    }
}
