package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.cli.CommandFailure;
import dev.matryoshka.cli.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which files a run writes. */
final class ReportOptions {
    @Option(names = "--json", paramLabel = "FILE", description = "Write every figure, each round too, to a JSON file.")
    private @Nullable Path json;

    @Option(
            names = "--chart",
            paramLabel = "FILE",
            description = "Draw requests per second by message size, as SVG or, to a .png, as pixels.")
    private @Nullable Path chart;

    @Option(
            names = "--cpu-chart",
            paramLabel = "FILE",
            description = "Draw CPU per request, as times that of the baseline.")
    private @Nullable Path cpuChart;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write the tables into a Markdown page, where it has '<!-- bench: begin -->' and"
                    + " '<!-- bench: end -->'; a page that does not exist yet gets nothing else.")
    private @Nullable Path markdown;

    @Option(
            names = "--publish",
            paramLabel = "FOLDER",
            description = "All four of them: benchmarks.json, benchmarks-echo.svg, benchmarks-cpu.svg, benchmarks.md.")
    private @Nullable Path folder;

    @FunctionalInterface
    private interface Report {
        void write(Path file, Results results) throws IOException;
    }

    private Map<Path, Report> reports() {
        Map<Path, Report> reports = new LinkedHashMap<>();
        put(reports, json, "benchmarks.json", JsonReport::write);
        put(reports, markdown, "benchmarks.md", MarkdownReport::write);
        put(reports, chart, "benchmarks-echo.svg", ChartReport::writeRates);
        put(reports, cpuChart, "benchmarks-cpu.svg", ChartReport::writeCosts);
        return reports;
    }

    private void put(Map<Path, Report> reports, @Nullable Path file, String published, Report report) {
        if (file != null) {
            reports.put(file, report);
        } else if (folder != null) {
            reports.put(folder.resolve(published), report);
        }
    }

    /** Before the minutes of measuring, not after. */
    void check() throws CommandFailure {
        for (Map.Entry<Path, Report> report : reports().entrySet()) {
            Path file = report.getKey();
            Path parent = file.toAbsolutePath().getParent();
            boolean writable = Files.exists(file)
                    ? Files.isRegularFile(file) && Files.isWritable(file)
                    : parent != null && Files.isDirectory(parent) && Files.isWritable(parent);
            if (!writable) {
                throw new CommandFailure("cannot write " + file);
            }
            checkMarks(file);
        }
    }

    private static void checkMarks(Path file) throws CommandFailure {
        try {
            if (file.toString().endsWith(".md") && !MarkdownReport.canWrite(file)) {
                throw new CommandFailure("cannot write " + file + ": it has no lines between which the tables are");
            }
        } catch (IOException failed) {
            throw new CommandFailure("cannot read " + file + ": " + Failures.describe(failed), failed);
        }
    }

    void write(Results results) throws CommandFailure {
        for (Map.Entry<Path, Report> report : reports().entrySet()) {
            try {
                report.getValue().write(report.getKey(), results);
            } catch (IOException failed) {
                throw new CommandFailure("cannot write " + report.getKey() + ": " + Failures.describe(failed), failed);
            } catch (RuntimeException | LinkageError | InternalError failed) {
                // AWT draws the text of charts, and a system without any font lets it down in many ways.
                throw new CommandFailure("cannot draw " + report.getKey() + ": " + Failures.describe(failed), failed);
            }
        }
    }
}
