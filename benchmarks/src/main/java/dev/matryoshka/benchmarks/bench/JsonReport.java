package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.StringJoiner;

/** Results as a JSON file: what was run where, then one object per server and size. */
public final class JsonReport {
    private JsonReport() {}

    /** Writes the file, over an older one. */
    public static void write(Path file, Results results) throws IOException {
        Files.writeString(file, text(results));
    }

    private static String text(Results results) {
        Plan plan = results.plan();
        StringJoiner rows = new StringJoiner(",\n    ", "[\n    ", "\n  ]");
        for (int size : plan.sizesBytes()) {
            for (Contestant contestant : plan.contestants()) {
                rows.add(row(contestant.name(), size, results.of(contestant, size)));
            }
        }
        return """
            {
              "jdk": %s,
              "system": %s,
              "processors": %d,
              "pinned": %b,
              "connections": %d,
              "rounds": %d,
              "secondsPerServerAndSize": %s,
              "results": %s
            }
            """.formatted(
                        quoted(Runtime.version().toString()),
                        quoted(System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                                + System.getProperty("os.arch")),
                        Runtime.getRuntime().availableProcessors(),
                        results.pinning() == Pinning.PINNED,
                        plan.connections(),
                        Plan.ROUNDS,
                        number(plan.measure().toMillis() / 1e3),
                        rows);
    }

    private static String row(String name, int sizeBytes, LoadResult result) {
        return "{\"server\": " + quoted(name)
                + ", \"sizeBytes\": " + sizeBytes
                + ", \"requests\": " + result.requests()
                + ", \"requestsPerSecond\": " + number(result.requestsPerSecond())
                + ", \"p50Micros\": " + number(result.micros(50))
                + ", \"p99Micros\": " + number(result.micros(99))
                + ", \"cpuMicrosPerRequest\": " + number(result.cpuMicrosPerRequest()) + "}";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
