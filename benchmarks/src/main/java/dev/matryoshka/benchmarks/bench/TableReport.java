package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.io.PrintWriter;
import java.util.Locale;

/** Results as text, a table per size. */
public final class TableReport {
    private TableReport() {}

    /** Prints the tables; numbers as the C locale writes them, so that scripts can read them. */
    public static void print(PrintWriter out, Results results) {
        Plan plan = results.plan();
        for (int size : plan.sizesBytes()) {
            out.printf(Locale.ROOT, "%n%,d B messages, %d connections%n", size, plan.connections());
            out.printf("%-16s %12s %10s %10s %12s%n", "server", "requests/s", "p50 us", "p99 us", "CPU us/req");
            for (Contestant contestant : plan.contestants()) {
                LoadResult result = results.of(contestant, size);
                out.printf(
                        Locale.ROOT,
                        "%-16s %,12.0f %10.1f %10.1f %12.2f%n",
                        contestant.name(),
                        result.requestsPerSecond(),
                        result.micros(50),
                        result.micros(99),
                        result.cpuMicrosPerRequest());
            }
        }
        out.flush();
    }
}
