package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was measured, by server and size, the rounds added up. Filled by one thread, then only read. */
public final class Results {
    private final Plan plan;
    private final Pinning pinning;
    private final Map<Key, LoadResult> sums = new LinkedHashMap<>();

    private record Key(String name, int sizeBytes) {}

    Results(Plan plan, Pinning pinning) {
        this.plan = plan;
        this.pinning = pinning;
    }

    Plan plan() {
        return plan;
    }

    Pinning pinning() {
        return pinning;
    }

    void add(Contestant contestant, int sizeBytes, LoadResult result) {
        sums.merge(new Key(contestant.name(), sizeBytes), result, LoadResult::plus);
    }

    LoadResult of(Contestant contestant, int sizeBytes) {
        return sums.getOrDefault(new Key(contestant.name(), sizeBytes), LoadResult.none());
    }
}
