package dev.matryoshka.engine;

import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.inspect.LoopGauges;
import dev.matryoshka.inspect.LoopSnapshot;
import dev.matryoshka.inspect.ServerSnapshot;
import dev.matryoshka.inspect.StuckAt;
import dev.matryoshka.inspect.TaskSnapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One look into a loop while it is taken: what {@link Described} things say of themselves. One thread at a time. */
public final class Inspection {
    private final LoopGauges gauges;

    /** By thread, whose stack is taken at the end, by the one who asks, so that the loop does not wait for that. */
    private final Map<Thread, TaskSnapshot> tasks = new LinkedHashMap<>();

    private final List<ConnectionSnapshot> connections = new ArrayList<>();
    private final List<ServerSnapshot> servers = new ArrayList<>();

    Inspection(LoopGauges gauges) {
        this.gauges = gauges;
    }

    /** @param thread whose stack is wanted */
    public void add(Thread thread, TaskSnapshot task) {
        tasks.put(thread, task);
    }

    public void add(ConnectionSnapshot connection) {
        connections.add(connection);
    }

    public void add(ServerSnapshot server) {
        servers.add(server);
    }

    /** Takes the stacks, which costs some 10 us for each task. Any thread. */
    LoopSnapshot finish(@Nullable StuckAt stuck) {
        List<TaskSnapshot> placed = new ArrayList<>();
        tasks.forEach((thread, task) -> placed.add(task.withStack(List.of(thread.getStackTrace()))));
        placed.sort(Comparator.comparingLong(TaskSnapshot::id));
        return new LoopSnapshot(gauges, placed, connections, servers, stuck);
    }
}
