package dev.matryoshka.benchmarks.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which workloads a run has when nobody says. */
final class Workloads {
    private static final int[] CONNECTIONS = {1, 10, 100, 1000};
    private static final int[] SIZES_BYTES = {64, 1024, 10 * 1024, 100 * 1024};

    private Workloads() {}

    /** The article's sizes, a crowd, and a pipeline: two minutes. */
    static List<Workload> small() {
        return parse(List.of("10x1024", "10x10240", "10x102400", "100x1024", "10x64x64"));
    }

    /** Everything. */
    static List<Workload> all() {
        Set<Workload> all = new LinkedHashSet<>();
        for (int connections : CONNECTIONS) {
            for (int sizeBytes : SIZES_BYTES) {
                all.add(new Workload(Family.ECHO, connections, sizeBytes, 1));
            }
        }
        all.add(new Workload(Family.ECHO, 10, 64, 64));
        for (Family family : Family.values()) {
            all.add(family.standard());
        }
        all.add(new Workload(Family.LINES, 10, 64, 1));
        all.add(new Workload(Family.TLS, 10, 16 * 1024, 1));
        return new ArrayList<>(all);
    }

    /** One for each size, all with the same connections. */
    static List<Workload> echoes(int connections, List<Integer> sizesBytes) {
        return parse(sizesBytes.stream().map(size -> connections + "x" + size).toList());
    }

    /** Each once, in the order in which they are named. */
    static List<Workload> parse(List<String> names) {
        return names.stream().map(Family::parse).distinct().toList();
    }
}
