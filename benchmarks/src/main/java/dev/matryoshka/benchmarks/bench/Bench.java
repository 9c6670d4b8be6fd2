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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a plan: starts the processes, warms them up, measures in interleaved rounds, and ends the processes. */
public final class Bench {
    private static final String LISTENING = "listening on ";
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    /** More than the load generator itself waits for a stalled server. */
    private static final Duration ANSWER_SLACK = Duration.ofSeconds(20);

    private final Plan plan;
    private final Pinning pinning;
    private final Progress progress;
    private final Map<Contestant, Server> servers = new LinkedHashMap<>();

    private record Server(Child process, int port) {}

    /** @param progress is told what happens */
    public Bench(Plan plan, Pinning pinning, Progress progress) {
        this.plan = plan;
        this.pinning = pinning;
        this.progress = progress;
    }

    /** Blocks until everything is measured. */
    public Results run() throws CommandFailure, InterruptedException {
        Results results = new Results(plan, pinning);
        try (Children children = new Children()) {
            progress.begin(plan.steps());
            for (Contestant contestant : plan.contestants()) {
                servers.put(contestant, startServer(children, contestant));
            }
            Child load = children.start("the load", command(Pinning.LOAD_CORE, List.of("load")));
            warmUp(load);
            for (int round = 1; round <= Plan.ROUNDS; round++) {
                measure(load, round, results);
            }
        } finally {
            progress.end();
        }
        return results;
    }

    private Server startServer(Children children, Contestant contestant) throws CommandFailure, InterruptedException {
        Child child =
                children.start("the server " + contestant.name(), command(Pinning.SERVER_CORE, contestant.arguments()));
        String line = child.receive(START_LIMIT);
        if (!line.startsWith(LISTENING)) {
            throw new CommandFailure("the server " + contestant.name() + " said: " + line);
        }
        return new Server(child, Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
    }

    private List<String> command(int core, List<String> arguments) {
        List<String> command = new ArrayList<>(pinning.prefix(core));
        command.addAll(JavaCommand.of(Main.class, arguments));
        return command;
    }

    private void warmUp(Child load) throws CommandFailure, InterruptedException {
        for (Contestant contestant : plan.contestants()) {
            for (int size : plan.sizesBytes()) {
                progress.step("warming up", contestant.name(), size);
                ask(load, contestant, size, Duration.ZERO, plan.warmUp());
            }
        }
    }

    private void measure(Child load, int round, Results results) throws CommandFailure, InterruptedException {
        for (int size : plan.sizesBytes()) {
            for (Contestant contestant : plan.contestants()) {
                progress.step("round " + round + " of " + Plan.ROUNDS, contestant.name(), size);
                results.add(contestant, size, ask(load, contestant, size, plan.settle(), plan.perRound()));
            }
        }
    }

    private LoadResult ask(Child load, Contestant contestant, int size, Duration warmUp, Duration measure)
            throws CommandFailure, InterruptedException {
        Server server = servers.get(contestant);
        if (server == null) {
            throw new IllegalStateException("not started: " + contestant.name());
        }
        load.send(LoadRequest.of(LoadKind.ECHO)
                .with(LoadRequest.PORT, server.port())
                .with(LoadRequest.PID, server.process().pid())
                .with(LoadRequest.CONNECTIONS, plan.connections())
                .with(LoadRequest.SIZE, size)
                .lasting(warmUp, measure)
                .toLine());
        try {
            return LoadResult.parse(load.receive(warmUp.plus(measure).plus(ANSWER_SLACK)));
        } catch (IOException failed) {
            throw new CommandFailure(contestant.name() + ": " + failed.getMessage(), failed);
        }
    }
}
