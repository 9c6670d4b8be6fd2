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

    /** What the others are compared with: where C does not go, Netty. */
    Contestant baseline(Workload workload) {
        return plan.baselines().stream()
                .filter(contestant -> !of(contestant, workload).isEmpty())
                .findFirst()
                .orElseGet(plan.baselines()::getFirst);
    }

    /** How many times the rate of the baseline. */
    Ratio rate(Contestant contestant, Workload workload) {
        return ratio(contestant, baseline(workload), workload, workload.figure()::rate);
    }

    /** How many times the CPU of the baseline. */
    Ratio cost(Contestant contestant, Workload workload) {
        return cost(contestant, baseline(workload), workload);
    }

    /** How many times the CPU of another. */
    Ratio cost(Contestant contestant, Contestant other, Workload workload) {
        return ratio(contestant, other, workload, workload.figure()::cost);
    }

    /** Plain echoes that all have done, so that means over them compare; who has done none, as it did not start, does not count. */
    List<Workload> commonEchoes() {
        List<Workload> echoes = plan.workloads().stream()
                .filter(workload -> workload.family() == Family.ECHO)
                .toList();
        List<Contestant> runners = plan.contestants().stream()
                .filter(contestant -> echoes.stream()
                        .anyMatch(workload -> cost(contestant, workload).isKnown()))
                .toList();
        return echoes.stream()
                .filter(workload -> runners.stream()
                        .allMatch(contestant -> cost(contestant, workload).isKnown()))
                .toList();
    }

    /** How many times the CPU of the baseline, over several workloads: what goes up and down with the machine's hour cancels out. */
    double meanCost(Contestant contestant, List<Workload> workloads) {
        return Math.exp(workloads.stream()
                .mapToDouble(workload -> Math.log(cost(contestant, workload).value()))
                .average()
                .orElse(Double.NaN));
    }

    private Ratio ratio(
            Contestant contestant, Contestant other, Workload workload, ToDoubleFunction<LoadResult> figure) {
        return Ratio.of(
                of(contestant, workload).each(figure), of(other, workload).each(figure));
    }
}
