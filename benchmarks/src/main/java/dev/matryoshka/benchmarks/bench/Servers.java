package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.bench.Serving.Transport;
import dev.matryoshka.benchmarks.load.LoadRequest;
import dev.matryoshka.cli.CommandFailure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The servers that run at a time: all contestants, each a process that has been started as one thing. */
final class Servers implements AutoCloseable {
    private static final String LISTENING = "listening on ";
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final Serving serving;
    private final Children children;
    private final Pinning pinning;
    private final Workshop workshop;
    private final Map<Contestant, Server> running = new LinkedHashMap<>();

    private record Server(Child process, String name, String where) {}

    Servers(Serving serving, Children children, Pinning pinning, Workshop workshop) {
        this.serving = serving;
        this.children = children;
        this.pinning = pinning;
        this.workshop = workshop;
    }

    /**
     * Starts one. Returns false when it cannot do what is asked.
     *
     * @throws CommandFailure it cannot start, and says why
     */
    boolean start(Contestant contestant) throws CommandFailure, InterruptedException {
        @Nullable List<String> command = contestant.launcher().command(serving, workshop);
        if (command == null) {
            return false;
        }
        Child child = children.start(
                contestant.name(),
                Stream.concat(pinning.server().stream(), command.stream()).toList());
        try {
            String line = child.receive(START_LIMIT);
            if (!line.startsWith(LISTENING)) {
                throw new CommandFailure(contestant.name() + " said: " + line);
            }
            running.put(contestant, server(child, command, line));
            return true;
        } catch (CommandFailure failed) {
            children.end(child);
            throw failed;
        }
    }

    private Server server(Child child, List<String> command, String line) {
        String path = Workshop.argument(command, "--unix");
        return serving.over(Transport.UNIX) && path != null
                ? new Server(child, LoadRequest.UNIX, path)
                : new Server(
                        child,
                        LoadRequest.PORT,
                        line.substring(line.lastIndexOf(':') + 1).strip());
    }

    /** Those that run, in the order of the plan. */
    List<Contestant> running() {
        return List.copyOf(running.keySet());
    }

    /** Where a server is and which process, for the load. */
    LoadRequest address(Contestant contestant, LoadRequest request) {
        Server server = running.get(contestant);
        if (server == null) {
            throw new IllegalStateException("does not run: " + contestant.name());
        }
        return request.with(server.name(), server.where())
                .with(LoadRequest.PID, server.process().pid());
    }

    /** Whether it still does. */
    boolean isRunning(Contestant contestant) {
        Server server = running.get(contestant);
        return server != null && server.process().isAlive();
    }

    @Override
    public void close() {
        running.values().forEach(server -> children.end(server.process()));
        running.clear();
    }
}
