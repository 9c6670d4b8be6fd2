package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What was measured, by server and workload, and what was not, and why. Filled by one thread, then only read. */
final class Results {
    private static final Cell EMPTY = new Cell();

    private final Plan plan;
    private final Pinning pinning;
    private final Map<Key, Cell> cells = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    private record Key(String contestant, String workload) {}

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

    void add(Contestant contestant, Workload workload, int round, LoadResult result) {
        cells.computeIfAbsent(new Key(contestant.name(), workload.name()), made -> new Cell())
                .add(round, result);
    }

    /** @param where the server and what it was doing */
    void failed(String where, String reason) {
        failures.put(where, reason);
    }

    /** By where they happened. */
    Map<String, String> failures() {
        return failures;
    }

    boolean isEmpty() {
        return cells.isEmpty();
    }

    Cell of(Contestant contestant, Workload workload) {
        return cells.getOrDefault(new Key(contestant.name(), workload.name()), EMPTY);
    }

    /** Workloads of which anything was measured, in the order of the plan: all of them, unless it was interrupted. */
    List<Workload> workloads() {
        return plan.workloads().stream()
                .filter(workload -> plan.contestants().stream()
                        .anyMatch(contestant -> !of(contestant, workload).isEmpty()))
                .toList();
    }

    Ratio rate(Contestant contestant, Workload workload, Contestant baseline) {
        return ratio(contestant, workload, baseline, workload.figure()::rate);
    }

    Ratio cost(Contestant contestant, Workload workload, Contestant baseline) {
        return ratio(contestant, workload, baseline, workload.figure()::cost);
    }

    private Ratio ratio(
            Contestant contestant, Workload workload, Contestant baseline, ToDoubleFunction<LoadResult> figure) {
        return Ratio.of(
                of(contestant, workload).each(figure), of(baseline, workload).each(figure));
    }
}
