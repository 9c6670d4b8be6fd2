package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.peer.Peer;
import dev.matryoshka.cli.CommandFailure;
import dev.matryoshka.cli.Failures;
import dev.matryoshka.cli.echo.Doll;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: the article's chart for this machine. */
@Command(
        name = "bench",
        description = {
            "Measure the echo servers side by side: requests per second by message size.",
            "Servers run on core 0, the load on core 1. Takes some 90 seconds by default."
        })
public final class BenchCommand implements Callable<Integer> {
    private static final int SIZE_MAX_BYTES = 64 * 1024 * 1024;
    private static final int CONNECTIONS_MAX = 10_000;
    private static final double SECONDS_MAX = 3600;

    @Option(
            names = "--seconds",
            defaultValue = "3",
            paramLabel = "N",
            description = "How long each server is measured with each size (default: ${DEFAULT-VALUE}).")
    private double seconds = 3;

    @Option(
            names = "--sizes",
            split = ",",
            defaultValue = "1024,10240,102400",
            paramLabel = "BYTES",
            description = "Sizes of the messages (default: ${DEFAULT-VALUE}).")
    private List<Integer> sizes = List.of();

    @Option(
            names = "--connections",
            defaultValue = "10",
            paramLabel = "N",
            description = "Connections, each with one message under way (default: ${DEFAULT-VALUE}).")
    private int connections = 10;

    @Option(
            names = "--apis",
            split = ",",
            defaultValue = "socket,stream,protocol,buffered",
            paramLabel = "LIST",
            description = "Which of our servers (default: ${DEFAULT-VALUE}).")
    private List<Doll> apis = List.of();

    @Option(
            names = "--peers",
            split = ",",
            defaultValue = "nio-selector,virtual-threads",
            paramLabel = "LIST",
            description = "What to compare with, or none (default: ${DEFAULT-VALUE}).")
    private List<String> peers = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to a JSON file.")
    private @Nullable Path json;

    @Option(names = "--chart", paramLabel = "FILE", description = "Draw the chart, as SVG or, to a .png, as pixels.")
    private @Nullable Path chart;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Plan plan = plan();
        checkWritable(json);
        checkWritable(chart);
        PrintWriter err = spec.commandLine().getErr();
        Pinning pinning = Pinning.detect();
        if (pinning == Pinning.UNPINNED) {
            err.println("bench: taskset cannot put processes on cores 0 and 1: nothing is pinned, expect noise");
        }
        Results results = new Bench(plan, pinning, new Progress(err, Progress.standardErrorIsTerminal())).run();
        TableReport.print(spec.commandLine().getOut(), results);
        writeFiles(results);
        return 0;
    }

    private Plan plan() {
        require(seconds > 0 && seconds <= SECONDS_MAX, "--seconds", "more than 0, at most 3600", seconds);
        require(connections >= 1 && connections <= CONNECTIONS_MAX, "--connections", "1 to 10000", connections);
        for (int size : sizes) {
            require(size >= 1 && size <= SIZE_MAX_BYTES, "--sizes", "1 to 67108864", size);
        }
        List<Contestant> contestants = new ArrayList<>();
        apis.stream().distinct().map(Contestant::doll).forEach(contestants::add);
        if (!peers.equals(List.of("none"))) {
            peers.stream().distinct().map(this::peer).map(Contestant::peer).forEach(contestants::add);
        }
        List<Integer> distinct = sizes.stream().distinct().toList();
        return new Plan(contestants, distinct, connections, Duration.ofMillis(Math.max(3, Math.round(seconds * 1e3))));
    }

    private void require(boolean fine, String option, String wanted, Object value) {
        if (!fine) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '" + option + "': not " + wanted + ": " + value);
        }
    }

    private Peer peer(String name) {
        for (Peer peer : Peer.values()) {
            if (peer.toString().equals(name)) {
                return peer;
            }
        }
        throw new ParameterException(
                spec.commandLine(),
                "Invalid value for option '--peers': not one of " + List.of(Peer.values()) + ", nor none: " + name);
    }

    /** Before the minutes of measuring, not after. */
    private static void checkWritable(@Nullable Path file) throws CommandFailure {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().getParent();
        boolean writable = Files.exists(file)
                ? Files.isRegularFile(file) && Files.isWritable(file)
                : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
        if (!writable) {
            throw new CommandFailure("cannot write " + file);
        }
    }

    private void writeFiles(Results results) throws CommandFailure {
        try {
            if (json != null) {
                JsonReport.write(json, results);
            }
            if (chart != null) {
                ChartReport.write(chart, results);
            }
        } catch (IOException failed) {
            throw new CommandFailure("cannot write the report: " + Failures.describe(failed), failed);
        } catch (RuntimeException | LinkageError | InternalError failed) {
            // AWT draws the text, and a system without any font lets it down in many ways.
            throw new CommandFailure("cannot draw the chart: " + Failures.describe(failed), failed);
        }
    }
}
