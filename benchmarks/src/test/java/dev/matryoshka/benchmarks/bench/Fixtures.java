package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Results that nobody measured. */
final class Fixtures {
    static final Workload ARTICLE = Family.parse("10x1024");
    static final Workload LARGE = Family.parse("10x102400");

    private Fixtures() {}

    static Contestant contestant(String name) {
        return new Contestant(name, (serving, workshop) -> List.of());
    }

    /** So many requests in a second, each of so many microseconds of CPU and of so many to be answered. */
    static LoadResult result(long requests, double cpuMicros, long latencyMicros) {
        Histogram latencies = LoadResult.newHistogram();
        LoadResult.record(latencies, latencyMicros * 1000);
        return new LoadResult(requests, 1_000_000_000L, Math.round(requests * cpuMicros * 1000), latencies);
    }

    /**
     * Three rounds of protocol, C, and protocol again. Protocol takes 1.1, 1.2 and 1.0 times the CPU of C, and the other protocol
     * 2 % more than the first in one of the rounds. The large workload only C has done.
     */
    static Results results() {
        Contestant protocol = contestant("protocol");
        Contestant c = contestant("c");
        Contestant again = protocol.again();
        Plan plan = new Plan(List.of(protocol, c, again), List.of(ARTICLE, LARGE), 3, Duration.ofMillis(200), 7);
        Results results = new Results(plan, new Pinning(0, 1));
        results.add(c, ARTICLE, 1, result(1000, 10, 50));
        results.add(c, ARTICLE, 2, result(1000, 20, 50));
        results.add(c, ARTICLE, 3, result(1000, 10, 50));
        results.add(protocol, ARTICLE, 1, result(950, 11, 60));
        results.add(protocol, ARTICLE, 2, result(900, 24, 60));
        results.add(protocol, ARTICLE, 3, result(1000, 10, 900));
        results.add(again, ARTICLE, 1, result(950, 11, 60));
        results.add(again, ARTICLE, 2, result(900, 24.48, 60));
        results.add(again, ARTICLE, 3, result(1000, 10, 60));
        results.add(c, LARGE, 1, result(100, 100, 500));
        results.failed("protocol, 10x102400", "the server has ended");
        return results;
    }
}
