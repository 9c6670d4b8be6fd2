package dev.matryoshka.benchmarks.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Results as tables: what the text report and the Markdown report have in common. */
final class Tables {
    private Tables() {}

    /** One workload: a row for each server, in the order of the plan. */
    static Grid of(Results results, Workload workload) {
        Plan plan = results.plan();
        List<Extra> extras = Extra.of(workload.family());
        Figure figure = workload.figure();
        String times = "x " + results.baseline(workload).name();
        List<String> headings = new ArrayList<>(List.of(
                "server", figure.rateUnit(), times, figure.costUnit(), times, "range", "p50 us", "p99", "p99.9"));
        extras.forEach(extra -> headings.add(extra.title()));
        Grid grid = new Grid(headings);
        for (Contestant contestant : plan.contestants()) {
            Cell cell = results.of(contestant, workload);
            Ratio cost = results.cost(contestant, workload);
            List<String> row = new ArrayList<>();
            row.add(contestant.name());
            row.add(Grid.number(cell.median(figure::rate), 0));
            row.add(Grid.number(results.rate(contestant, workload).value(), 2));
            row.add(Grid.number(cell.median(figure::cost), 2));
            row.add(Grid.number(cost.value(), 2));
            row.add(Grid.range(cost));
            for (double percentile : new double[] {50, 99, 99.9}) {
                row.add(Grid.number(cell.micros(percentile), 1));
            }
            extras.forEach(extra -> row.add(Grid.number(cell.median(extra.figure()), 0)));
            grid.add(row);
        }
        return grid;
    }

    /**
     * CPU relative to the baseline, all workloads at a glance: the range of a cell is in the table of its workload. With two echoes and
     * more there is a row for the geometric means over them.
     */
    static Grid summary(Results results) {
        List<Contestant> contestants = results.plan().contestants();
        List<String> headings = new ArrayList<>(List.of("CPU", "x"));
        contestants.forEach(contestant -> headings.add(contestant.name()));
        Grid grid = new Grid(headings);
        for (Workload workload : results.workloads()) {
            List<String> row = new ArrayList<>(
                    List.of(workload.name(), results.baseline(workload).name()));
            for (Contestant contestant : contestants) {
                row.add(Grid.number(results.cost(contestant, workload).value(), 2));
            }
            grid.add(row);
        }
        List<Workload> echoes = results.commonEchoes();
        if (echoes.size() > 1) {
            List<String> row = new ArrayList<>(List.of(
                    "mean of " + echoes.size() + " echoes",
                    results.baseline(echoes.getFirst()).name()));
            contestants.forEach(contestant -> row.add(Grid.number(results.meanCost(contestant, echoes), 2)));
            grid.add(row);
        }
        return grid;
    }

    /** The same server measured against itself; what differs no more than that is noise. */
    static Optional<String> noise(Results results) {
        Optional<Contestant> twin = results.plan().twin();
        Optional<Contestant> original = results.plan().twinOf();
        if (twin.isEmpty() || original.isEmpty()) {
            return Optional.empty();
        }
        double ofMedians = 0;
        double ofRounds = 0;
        for (Workload workload : results.workloads()) {
            Ratio cost = results.cost(twin.get(), original.get(), workload);
            if (cost.isKnown()) {
                ofMedians = Math.max(ofMedians, Math.abs(cost.value() - 1));
                ofRounds = Math.max(ofRounds, cost.distance());
            }
        }
        List<Workload> echoes = results.commonEchoes();
        double ofMeans = Math.abs(results.meanCost(twin.get(), echoes) / results.meanCost(original.get(), echoes) - 1);
        String means = echoes.size() < 2 || Double.isNaN(ofMeans)
                ? ""
                : " The means over the echoes differ by " + percent(ofMeans) + ".";
        return Optional.of("A/A: " + twin.get().name() + " is " + original.get().name()
                + " once more. Their CPU differs by up to " + percent(ofMedians) + " between medians and "
                + percent(ofRounds) + " within a round: smaller differences are noise." + means);
    }

    private static String percent(double part) {
        return Grid.number(part * 100, 1) + " %";
    }
}
