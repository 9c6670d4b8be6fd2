package dev.matryoshka.benchmarks.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.cli.JavaCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A short run for real: processes, load, figures, files. */
class BenchCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aShortRunGivesTableJsonAndChart() throws Exception {
        Path json = folder.resolve("figures.json");
        Path chart = folder.resolve("chart.svg");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();

        int exitCode = Main.run(
                new PrintWriter(out),
                new PrintWriter(err),
                ("bench --seconds 0.06 --sizes 100,5000 --connections 3 --json " + json + " --chart " + chart)
                        .split(" "));

        assertThat(exitCode).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("100 B messages, 3 connections", "5,000 B messages", "requests/s", "CPU us/req")
                .contains("socket", "stream", "protocol", "buffered", "nio-selector", "virtual-threads");
        assertThat(err.toString()).contains("bench: round 3 of 3").doesNotContain("\r");
        String figures = Files.readString(json);
        assertThat(figures)
                .contains("\"server\": \"virtual-threads\", \"sizeBytes\": 5000")
                .doesNotContain("NaN");
        assertThat(figures.lines().filter(line -> line.contains("\"server\""))).hasSize(12);
        assertThat(figures).doesNotContain("\"requests\": 0,");
        assertThat(Files.readString(chart)).startsWith("<?xml").contains("<svg", "</svg>");
    }

    @Test
    void aChartNamedPngHasPixels() throws Exception {
        Path chart = folder.resolve("chart.PNG");

        int exitCode = Main.run(
                new PrintWriter(new StringWriter()),
                new PrintWriter(new StringWriter()),
                ("bench --seconds 0.03 --sizes 64 --connections 1 --apis protocol --peers none --chart " + chart)
                        .split(" "));

        assertThat(exitCode).isZero();
        assertThat(Files.readAllBytes(chart)).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aSignalEndsTheChildrenToo() throws Exception {
        Process bench = new ProcessBuilder(
                        JavaCommand.of(Main.class, List.of("bench", "--apis", "protocol", "--peers", "none")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(bench.errorReader().lines().anyMatch(line -> line.contains("warming up")))
                    .isTrue();
            List<ProcessHandle> children = bench.descendants().toList();
            assertThat(children).hasSizeGreaterThanOrEqualTo(2);

            bench.destroy();

            assertThat(bench.waitFor(30, TimeUnit.SECONDS)).isTrue();
            Await.until("no child is left", () -> children.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            bench.descendants().forEach(ProcessHandle::destroyForcibly);
            bench.destroyForcibly();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void childrenEndThoughTheirParentWasKilled() throws Exception {
        Process bench = new ProcessBuilder(
                        JavaCommand.of(Main.class, List.of("bench", "--apis", "stream", "--peers", "none")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(bench.errorReader().lines().anyMatch(line -> line.contains("warming up")))
                    .isTrue();
            List<ProcessHandle> children = bench.descendants().toList();

            bench.destroyForcibly();

            Await.until("no child is left", () -> children.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            bench.destroyForcibly();
        }
    }
}
