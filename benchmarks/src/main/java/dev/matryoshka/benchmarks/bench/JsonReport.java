package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as a JSON file: where and how, then an object for each server and workload, with every round as it was measured. */
final class JsonReport {
    private JsonReport() {}

    /** Writes the file, over an older one. */
    static void write(Path file, Results results) throws IOException {
        Plan plan = results.plan();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", Machine.describe(results.pinning()));
        all.put("rounds", plan.rounds());
        all.put("secondsPerMeasurement", plan.measure().toMillis() / 1e3);
        all.put("seed", plan.seed());
        all.put("noise", Tables.noise(results).orElse(""));
        List<Object> cells = new ArrayList<>();
        for (Workload workload : results.workloads()) {
            for (Contestant contestant : plan.contestants()) {
                if (!results.of(contestant, workload).isEmpty()) {
                    cells.add(cell(results, contestant, workload));
                }
            }
        }
        all.put("results", cells);
        all.put("leftOut", results.failures());
        Files.writeString(file, Json.text(all));
    }

    private static Map<String, Object> cell(Results results, Contestant contestant, Workload workload) {
        Cell cell = results.of(contestant, workload);
        Figure figure = workload.figure();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("server", contestant.name());
        fields.put("workload", workload.name());
        fields.put("connections", workload.connections());
        fields.put("sizeBytes", workload.sizeBytes());
        fields.put("depth", workload.depth());
        fields.put("baseline", results.baseline(workload).name());
        fields.put("unit", figure.rateUnit());
        fields.put("rate", cell.median(figure::rate));
        fields.put("rateRatio", ratio(results.rate(contestant, workload)));
        fields.put("cpuMicros", cell.median(figure::cost));
        fields.put("cpuRatio", ratio(results.cost(contestant, workload)));
        fields.put("p50Micros", cell.micros(50));
        fields.put("p99Micros", cell.micros(99));
        fields.put("p999Micros", cell.micros(99.9));
        for (Extra extra : Extra.of(workload.family())) {
            fields.put(extra.title(), cell.median(extra.figure()));
        }
        List<Object> rounds = new ArrayList<>();
        cell.rounds().forEach((round, result) -> rounds.add(round(round, result)));
        fields.put("rounds", rounds);
        return fields;
    }

    private static Map<String, Object> ratio(Ratio ratio) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("value", ratio.value());
        fields.put("least", ratio.least());
        fields.put("most", ratio.most());
        return fields;
    }

    private static Map<String, Object> round(int round, LoadResult result) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("round", round);
        fields.put("requests", result.requests());
        fields.put("nanos", result.nanos());
        fields.put("cpuNanos", result.cpuNanos());
        fields.put("p50Micros", result.micros(50));
        fields.put("p99Micros", result.micros(99));
        fields.put("p999Micros", result.micros(99.9));
        fields.putAll(result.more());
        return fields;
    }
}
