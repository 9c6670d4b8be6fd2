package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.benchmarks.load.LoadKind;
import dev.matryoshka.benchmarks.load.LoadRequest;
import dev.matryoshka.benchmarks.load.LoadResult;
import dev.matryoshka.cli.CommandFailure;
import dev.matryoshka.cli.JavaCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan. For each thing that servers can be started as: starts all of them, warms them up, measures in interleaved rounds,
 * each in an order of its own, and ends them. A server that fails is told, and left out of what it failed at.
 */
final class Bench implements AutoCloseable {
    /** More than the load itself waits for a stalled server, or for ten thousand connections. */
    private static final Duration ANSWER_SLACK = Duration.ofSeconds(90);

    private final Plan plan;
    private final Pinning pinning;
    private final Progress progress;
    private final Workshop workshop;
    private final Children children = new Children();
    private final Random order;
    private final Results results;

    /** What has failed, and is not tried again. */
    private final Set<String> broken = new HashSet<>();

    /** Requests per second of closed loops, from which the rate of an open one is taken. */
    private final Map<Workload, List<Double>> closedRates = new HashMap<>();

    private @Nullable Child load;
    private volatile boolean stopped;

    /** @param progress is told what happens */
    Bench(Plan plan, Pinning pinning, Progress progress, Workshop workshop) {
        this.plan = plan;
        this.pinning = pinning;
        this.progress = progress;
        this.workshop = workshop;
        this.order = new Random(plan.seed());
        this.results = new Results(plan, pinning);
    }

    /** Blocks until everything is measured, or until it was stopped; what is measured by then is returned. */
    Results run() throws CommandFailure, InterruptedException {
        progress.begin(plan);
        try {
            for (Map.Entry<Serving, List<Workload>> group : plan.groups().entrySet()) {
                run(group.getKey(), group.getValue());
            }
        } catch (CommandFailure failed) {
            if (!stopped) {
                throw failed;
            }
        } finally {
            progress.end();
        }
        return results;
    }

    /** Ends everything that runs, at once; {@link #run} returns soon after. Any thread. */
    void stop() {
        stopped = true;
        children.kill();
    }

    private void run(Serving serving, List<Workload> workloads) throws CommandFailure, InterruptedException {
        try (Servers servers = new Servers(serving, children, pinning, workshop)) {
            start(serving, servers);
            for (Contestant contestant : servers.running()) {
                for (Workload workload : workloads) {
                    warmUp(servers, contestant, workload, workload.equals(workloads.getFirst()));
                }
            }
            for (int round = 1; round <= plan.rounds(); round++) {
                for (Workload workload : workloads) {
                    measure(servers, workload, round);
                }
            }
        }
    }

    private void start(Serving serving, Servers servers) throws CommandFailure, InterruptedException {
        for (Contestant contestant : plan.contestants()) {
            progress.step(serving + ": starting the servers", contestant.name(), Plan.START);
            try {
                servers.start(contestant);
            } catch (CommandFailure failed) {
                if (stopped) {
                    throw failed;
                }
                failed(contestant.name() + ", " + serving, failed);
            }
        }
    }

    private void failed(String where, Exception failure) {
        String reason = String.valueOf(failure.getMessage());
        results.failed(where, reason);
        progress.say("left out: " + where + ": " + reason);
    }

    private void warmUp(Servers servers, Contestant contestant, Workload workload, boolean first)
            throws CommandFailure, InterruptedException {
        Duration length = plan.warmUp(first);
        progress.step(workload.serving() + ": warming up", contestant.name() + ", " + workload.name(), length);
        LoadResult result =
                ask(servers, contestant, workload, () -> warmUp(workload).lasting(Duration.ZERO, length));
        if (result != null) {
            closedRates
                    .computeIfAbsent(workload, made -> new ArrayList<>())
                    .add(workload.figure().rate(result));
        }
    }

    /** An open loop needs a rate, which a closed one finds; of those that are idle the first measurement warms up enough. */
    private static LoadRequest warmUp(Workload workload) {
        return switch (workload.family()) {
            case OPEN, IDLE -> new LoadRequest(LoadKind.ECHO, workload.request().fields());
            default -> workload.request();
        };
    }

    private void measure(Servers servers, Workload workload, int round) throws CommandFailure, InterruptedException {
        List<Contestant> shuffled = new ArrayList<>(servers.running());
        Collections.shuffle(shuffled, order);
        for (Contestant contestant : shuffled) {
            progress.step(
                    workload.serving() + ": round " + round + " of " + plan.rounds(),
                    contestant.name() + ", " + workload.name(),
                    plan.settle().plus(plan.measure()));
            LoadResult result =
                    ask(servers, contestant, workload, () -> request(workload).lasting(plan.settle(), plan.measure()));
            if (result != null) {
                results.add(contestant, workload, round, result);
            }
        }
    }

    private LoadRequest request(Workload workload) {
        if (workload.family() != Family.OPEN) {
            return workload.request();
        }
        double middle = Ratio.median(closedRates.getOrDefault(workload, List.of()));
        return workload.request().with(LoadRequest.RATE, Math.max(1, Math.round(middle / 2)));
    }

    /** Null when that has failed, now or before. */
    private @Nullable LoadResult ask(
            Servers servers, Contestant contestant, Workload workload, Supplier<LoadRequest> request)
            throws CommandFailure, InterruptedException {
        String where = contestant.name() + ", " + workload.name();
        if (broken.contains(where)) {
            return null;
        }
        try {
            if (!servers.isRunning(contestant)) {
                throw new IOException("the server has ended");
            }
            Child asked = load();
            asked.send(servers.address(contestant, request.get()).toLine());
            return LoadResult.parse(
                    asked.receive(ANSWER_SLACK.plus(plan.measure()).plus(plan.warmUp(true))));
        } catch (IOException | IllegalArgumentException | CommandFailure failure) {
            if (stopped) {
                throw new CommandFailure("interrupted", failure);
            }
            if (!(failure instanceof IOException)) {
                endLoad(); // it is not the server: whatever it still says is no answer to the next request
            }
            broken.add(where);
            failed(where, failure);
            return null;
        }
    }

    private void endLoad() {
        if (load != null) {
            children.end(load);
            load = null;
        }
    }

    /** One process for all of a run, so that its code is compiled when it counts; a new one should it ever fail. */
    private Child load() throws CommandFailure {
        Child current = load;
        if (current == null) {
            List<String> command = JavaCommand.of(Main.class, List.of("load"));
            current = children.start(
                    "the load",
                    Stream.concat(pinning.load().stream(), command.stream()).toList());
            load = current;
        }
        return current;
    }

    @Override
    public void close() {
        children.close();
    }
}
