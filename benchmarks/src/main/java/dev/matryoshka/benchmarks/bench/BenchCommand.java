package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.cli.CommandFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: the dolls beside their peers, on this machine. */
@Command(
        name = "bench",
        description = {
            "Measure the dolls beside their peers: requests per second, CPU per request, latencies.",
            "Servers and load are processes of their own, on a core each. By default it takes less than two minutes."
        })
public final class BenchCommand implements Callable<Integer> {
    private static final String ALL = "all";
    private static final String NONE = "none";
    private static final double SECONDS_MAX = 3600;
    private static final int ROUNDS_MAX = 1000;
    private static final double SECONDS = 0.3;
    private static final int ROUNDS = 5;
    private static final double SECONDS_FULL = 0.5;
    private static final int ROUNDS_FULL = 3;

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "LIST",
            description =
                    "What to compare with, see --list; all, or none. Default: netty-epoll, and c where there is a cc.")
    private @Nullable List<String> peers;

    @Option(
            names = "--apis",
            split = ",",
            paramLabel = "LIST",
            description =
                    "Which of our servers, see --list. Default: the three dolls, the middle one with both its kinds of"
                            + " protocol.")
    private @Nullable List<String> apis;

    @Option(
            names = "--workloads",
            split = ",",
            paramLabel = "LIST",
            description = "What to do to them, see --list; 10x1024 is 10 connections with messages of 1024 bytes.")
    private @Nullable List<String> workloads;

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "BYTES",
            description = "Instead of workloads: plain echoes of these sizes (default: 1024,10240,102400).")
    private @Nullable List<Integer> sizes;

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Instead of workloads: plain echoes on so many connections (default: 10).")
    private @Nullable Integer connections;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often each is measured (default: 5; 3 with --full).")
    private @Nullable Integer rounds;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long one measurement is (default: 0.3; 0.5 with --full).")
    private @Nullable Double seconds;

    @Option(names = "--full", description = "All workloads, all servers of ours, all peers: some half an hour.")
    private boolean full;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "Of the order within each round.")
    private long seed = 1;

    @Option(names = "--list", description = "Say what there is to choose from, and measure nothing.")
    private boolean list;

    @Mixin
    private final ReportOptions reports = new ReportOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            printList(out);
            return 0;
        }
        Progress progress = new Progress(spec.commandLine().getErr(), Progress.standardErrorIsTerminal());
        List<Workload> chosen = chosenWorkloads();
        List<String> ours = named(
                "--apis",
                apis,
                Dolls.names(),
                full ? Dolls.names() : Dolls.names().subList(0, 4));
        List<String> theirs = named("--peers", peers, Peers.names(), full ? Peers.names() : Peers.standard());
        int times = rounds == null ? full ? ROUNDS_FULL : ROUNDS : rounds;
        double length = seconds == null ? full ? SECONDS_FULL : SECONDS : seconds;
        require(times >= 1 && times <= ROUNDS_MAX, "--rounds", "1 to 1000", times);
        require(length > 0 && length <= SECONDS_MAX, "--seconds", "more than 0, at most 3600", length);
        reports.check();
        Duration measure = Duration.ofMillis(Math.max(1, Math.round(length * 1e3)));
        try (Workshop workshop = new Workshop()) {
            List<Contestant> contestants = contestants(ours, theirs, workshop, progress);
            run(new Plan(contestants, chosen, times, measure, seed), workshop, progress);
        }
        return 0;
    }

    private void run(Plan plan, Workshop workshop, Progress progress) throws CommandFailure, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Pinning pinning = Pinning.detect();
        if (!pinning.isPinned()) {
            progress.say("taskset cannot put processes on two cores: nothing is pinned, expect noise");
        }
        try (Bench bench = new Bench(plan, pinning, progress, workshop);
                Interruption interruption = new Interruption(bench::stop)) {
            Results results = bench.run();
            TableReport.print(out, results);
            if (interruption.happened()) {
                progress.say("interrupted: this is what was measured so far, and no file is written");
                workshop.close();
                return;
            }
            if (results.isEmpty()) {
                throw new CommandFailure("nothing could be measured");
            }
            reports.write(results);
        }
    }

    private List<Contestant> contestants(List<String> ours, List<String> theirs, Workshop workshop, Progress progress)
            throws CommandFailure, InterruptedException, IOException {
        List<Contestant> contestants =
                new ArrayList<>(ours.stream().map(Dolls::of).toList());
        Peers ready = new Peers(workshop);
        for (String name : theirs) {
            try {
                contestants.add(ready.prepare(name));
            } catch (CommandFailure missing) {
                progress.say("without " + name + ": " + missing.getMessage());
            }
        }
        if (contestants.isEmpty()) {
            throw new CommandFailure("there is nothing to measure");
        }
        contestants.add(contestants.stream()
                .filter(contestant -> contestant.name().equals(Dolls.PROTOCOL))
                .findFirst()
                .orElseGet(contestants::getFirst)
                .again());
        return contestants;
    }

    private List<Workload> chosenWorkloads() {
        boolean plain = sizes != null || connections != null;
        if (workloads != null && plain) {
            throw misuse("--workloads excludes --sizes and --connections");
        }
        try {
            if (workloads != null) {
                return workloads.equals(List.of(ALL)) ? Workloads.all() : Workloads.parse(workloads);
            }
            if (plain) {
                return Workloads.echoes(
                        connections == null ? 10 : connections,
                        sizes == null ? List.of(1024, 10 * 1024, 100 * 1024) : sizes);
            }
            return full ? Workloads.all() : Workloads.small();
        } catch (IllegalArgumentException notOne) {
            throw misuse(notOne.getMessage());
        }
    }

    private List<String> named(String option, @Nullable List<String> given, List<String> known, List<String> standard) {
        if (given == null) {
            return standard;
        }
        if (given.equals(List.of(ALL))) {
            return known;
        }
        if (given.equals(List.of(NONE))) {
            return List.of();
        }
        Set<String> names = new LinkedHashSet<>(given);
        for (String name : names) {
            require(known.contains(name), option, "one of " + String.join(", ", known) + ", all, or none", name);
        }
        return List.copyOf(names);
    }

    private void require(boolean fine, String option, String wanted, Object value) {
        if (!fine) {
            throw misuse("Invalid value for option '" + option + "': not " + wanted + ": " + value);
        }
    }

    private ParameterException misuse(@Nullable String message) {
        return new ParameterException(spec.commandLine(), String.valueOf(message));
    }

    private static void printList(PrintWriter out) {
        out.println("--apis: " + String.join(", ", Dolls.names()));
        out.println("--peers: " + String.join(", ", Peers.names()));
        out.println("--workloads, * by default; with other numbers too, CONNECTIONSxBYTES or CONNECTIONSxBYTESxDEPTH:");
        List<Workload> small = Workloads.small();
        Set<Workload> all = new LinkedHashSet<>(small);
        all.addAll(Workloads.all());
        all.forEach(workload ->
                out.println((small.contains(workload) ? "* " : "  ") + workload.name() + ": " + workload.title()));
        out.flush();
    }
}
