package dev.matryoshka.benchmarks.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Results as the tables of a Markdown page, between two lines that mark them, so that the words around them stay and no figure is
 * typed by hand.
 */
final class MarkdownReport {
    private static final String BEGIN = "<!-- bench: begin -->";
    private static final String END = "<!-- bench: end -->";

    private MarkdownReport() {}

    /** Whether a file is new, or has the two lines. */
    static boolean canWrite(Path file) throws IOException {
        return !Files.exists(file) || Files.size(file) == 0 || at(Files.readString(file), END) >= 0;
    }

    /** Where the line that ends the tables is, if the one that begins them is before it; else -1. */
    private static int at(String page, String end) {
        int begin = page.indexOf(BEGIN);
        return begin < 0 ? -1 : page.indexOf(end, begin);
    }

    /** Writes the tables, over older ones. */
    static void write(Path file, Results results) throws IOException {
        String page = Files.exists(file) ? Files.readString(file) : "";
        int end = at(page, END);
        String tables = BEGIN + "\n" + text(results) + END;
        Files.writeString(
                file,
                end < 0
                        ? page + tables + "\n"
                        : page.substring(0, page.indexOf(BEGIN)) + tables + page.substring(end + END.length()));
    }

    static String text(Results results) {
        Plan plan = results.plan();
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, String> fact :
                Machine.describe(results.pinning()).entrySet()) {
            text.append("- ")
                    .append(fact.getKey())
                    .append(": ")
                    .append(fact.getValue())
                    .append('\n');
        }
        text.append("- ")
                .append(plan.rounds())
                .append(" rounds of ")
                .append(plan.measure().toMillis())
                .append(" ms for each server and workload\n");
        Tables.noise(results).ifPresent(noise -> text.append("- ").append(noise).append('\n'));
        text.append("\n### At a glance\n\n").append(Tables.summary(results).markdown());
        for (Workload workload : results.workloads()) {
            text.append("\n### ")
                    .append(workload.name())
                    .append(": ")
                    .append(workload.title())
                    .append("\n\n");
            text.append(Tables.of(results, workload).markdown());
        }
        if (!results.failures().isEmpty()) {
            text.append("\n### Left out\n\n");
            results.failures().forEach((where, reason) -> text.append("- " + where + ": " + reason + "\n"));
        }
        return text.toString();
    }
}
