package dev.matryoshka.benchmarks.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.cli.JavaCommand;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command: what it refuses, and short runs for real, with processes, load, figures and files. */
class BenchCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String commandLine) {
        return Main.run(new PrintWriter(out), new PrintWriter(err), commandLine.split(" "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bench --seconds 0",
                "bench --seconds NaN",
                "bench --seconds 3601",
                "bench --rounds 0",
                "bench --rounds many",
                "bench --sizes 1,two",
                "bench --sizes 0",
                "bench --connections 0",
                "bench --apis nonsense",
                "bench --peers netty-epoll,nonsense",
                "bench --workloads 10x",
                "bench --workloads bulk --sizes 1",
                "bench unexpected",
                "peer nonsense",
                "nonsense",
            })
    void whatIsNotUnderstoodExitsWithTwoAndOneLine(String commandLine) {
        assertThat(run(commandLine)).isEqualTo(2);

        assertThat(err.toString()).startsWith("matryoshka").endsWith("--help)" + System.lineSeparator());
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aFileThatCannotBeWrittenIsToldBeforeAnythingIsMeasured() {
        assertThat(run("bench --json /nonexistent/folder/figures.json")).isEqualTo(1);

        assertThat(err.toString().lines())
                .containsExactly("matryoshka bench: cannot write /nonexistent/folder/figures.json");
    }

    @Test
    void aPageThatHasNoPlaceForTablesIsToldToo() throws Exception {
        Path page = Files.writeString(folder.resolve("page.md"), "only words");

        assertThat(run("bench --markdown " + page)).isEqualTo(1);

        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("page.md: it has no lines between which");
    }

    @Test
    void whatThereIsIsListed() {
        assertThat(run("bench --list")).isZero();

        assertThat(out.toString())
                .contains(
                        "--apis: socket, stream, protocol, buffered, protocol-nio",
                        "virtual-threads, asyncio, uvloop, c")
                .contains("* 10x1024: 10 connections, 1 KiB messages", "  churn: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "bench --help", "tls --help", "micro --help", "load --help", "peer --help"})
    void helpIsEverywhere(String commandLine) {
        assertThat(run(commandLine)).isZero();

        assertThat(out.toString()).startsWith("Usage: matryoshka").contains("Exit codes:");
    }

    @Test
    void aShortRunGivesTablesAndFiles() throws Exception {
        int exitCode = run("bench --seconds 0.05 --rounds 2 --apis protocol,stream --peers nio-selector"
                + " --workloads 3x100,3x5000,lines-2x10 --publish " + folder);

        assertThat(exitCode).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains(
                        "3x100: 3 connections, 100 B messages",
                        "3x5000: ",
                        "lines-2x10: lines of 10 B on 2 connections")
                .contains("requests/s", "x protocol", "CPU us/request", "p99.9", "A/A: protocol-again is protocol")
                .doesNotContain("left out");
        assertThat(out.toString().lines().filter(line -> line.matches("nio-selector +-( +-)+")))
                .as("it only echoes")
                .hasSize(1);
        assertThat(err.toString())
                .contains("bench: echo: round 2 of 2, ", "bench: lines: round 2 of 2, ", "bench: took ")
                .doesNotContain("\r");
        String json = Files.readString(folder.resolve("benchmarks.json"));
        assertThat(json.lines().filter(line -> line.contains("\"server\": "))).hasSize(11);
        assertThat(json).contains("\"server\": \"stream\", \"workload\": \"3x5000\"");
        assertThat(json).as("at least one round in which something was done").containsPattern("\"requests\": [1-9]");
        assertThat(Files.readString(folder.resolve("benchmarks.md"))).contains("| server | requests/s | x protocol |");
        assertThat(folder.resolve("benchmarks-echo.svg")).isNotEmptyFile();
        assertThat(folder.resolve("benchmarks-cpu.svg")).isNotEmptyFile();
    }

    @Test
    void whatIsMissingIsToldAndTheRestGoesOn() throws Exception {
        ProcessBuilder builder = bench(
                "--seconds",
                "0.01",
                "--rounds",
                "1",
                "--apis",
                "protocol",
                "--peers",
                "asyncio,uvloop,c",
                "--workloads",
                "1x10");
        builder.command().add(1, "-Duser.home=" + folder);
        builder.environment().put("PATH", folder.toString());
        Process bench = builder.start();
        try (BufferedReader errors = bench.errorReader();
                BufferedReader output = bench.inputReader()) {
            List<String> said = errors.lines().toList();
            List<String> table = output.lines().toList();

            assertThat(bench.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(bench.exitValue()).as(said.toString()).isZero();
            assertThat(said)
                    .contains(
                            "bench: without asyncio: no Python 3.11 to 3.13 with asyncio is found on the path or in"
                                    + " ~/.pyenv",
                            "bench: without uvloop: no Python 3.11 to 3.13 with uvloop is found on the path or in"
                                    + " ~/.pyenv",
                            "bench: without c: no C compiler: cc is not found",
                            "bench: taskset cannot put processes on two cores: nothing is pinned, expect noise");
            assertThat(table).anyMatch(line -> line.startsWith("protocol "));
        }
    }

    private static ProcessBuilder bench(String... arguments) {
        List<String> words =
                Stream.concat(Stream.of("bench"), Stream.of(arguments)).toList();
        return new ProcessBuilder(JavaCommand.of(Main.class, words));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aSignalEndsTheChildrenAndWhatWasMeasuredIsPrinted() throws Exception {
        Path json = folder.resolve("figures.json");
        Process bench = bench(
                        "--apis",
                        "protocol",
                        "--peers",
                        "none",
                        "--seconds",
                        "0.02",
                        "--rounds",
                        "1000",
                        "--workloads",
                        "1x10",
                        "--json",
                        json.toString())
                .start();
        try (BufferedReader errors = bench.errorReader()) {
            assertThat(errors.lines().anyMatch(line -> line.contains("round 20 of")))
                    .isTrue();
            List<ProcessHandle> children = bench.descendants().toList();
            assertThat(children).hasSizeGreaterThanOrEqualTo(3);

            // Not SIGINT, which a build in the background of a shell ignores, and its children with it.
            new ProcessBuilder("kill", "-TERM", Long.toString(bench.pid())).start();

            String said = String.join("\n", errors.lines().toList());
            String table = new String(bench.getInputStream().readAllBytes());
            assertThat(bench.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(bench.exitValue()).isEqualTo(143);
            assertThat(said).contains("interrupted: this is what was measured so far");
            assertThat(table).contains("1x10: 1 connection, 10 B messages", "protocol-again ");
            assertThat(json).doesNotExist();
            Await.until("no child is left", () -> children.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            bench.descendants().forEach(ProcessHandle::destroyForcibly);
            bench.destroyForcibly();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void childrenEndThoughTheirParentWasKilled() throws Exception {
        Process bench = bench("--apis", "stream", "--peers", "none")
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
