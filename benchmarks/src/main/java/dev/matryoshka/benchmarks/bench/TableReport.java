package dev.matryoshka.benchmarks.bench;

import java.io.PrintWriter;

/** Results as text, a table per workload. */
final class TableReport {
    private TableReport() {}

    /** Prints the tables. */
    static void print(PrintWriter out, Results results) {
        for (Workload workload : results.workloads()) {
            out.println();
            out.println(workload.name() + ": " + workload.title());
            out.print(Tables.of(results, workload).text());
        }
        if (!results.isEmpty()) {
            out.println();
            out.print(Tables.summary(results).text());
        }
        Tables.noise(results).ifPresent(noise -> out.println("\n" + noise));
        results.failures().forEach((where, reason) -> out.println("left out: " + where + ": " + reason));
        out.flush();
    }
}
