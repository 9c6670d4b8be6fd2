package dev.matryoshka.inspect;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one loop holds at one moment.
 *
 * @param loop the figures of the loop itself
 * @param tasks that have not ended, the oldest first
 * @param connections and other sockets that it watches; empty when the loop did not answer
 * @param servers that are not over; empty when the loop did not answer
 * @param stuck what the loop is doing instead of answering; null when it answered, or does not run
 */
public record LoopSnapshot(
        LoopGauges loop,
        List<TaskSnapshot> tasks,
        List<ConnectionSnapshot> connections,
        List<ServerSnapshot> servers,
        @Nullable StuckAt stuck) {
    /** Copies the lists. */
    public LoopSnapshot {
        tasks = List.copyOf(tasks);
        connections = List.copyOf(connections);
        servers = List.copyOf(servers);
    }

    /** As a table, for a terminal: the loop, its tasks, servers and connections (Python: {@code asyncio ps}). */
    public String ps() {
        return new Table(this).toString();
    }

    /**
     * As a tree, for a terminal: below each task those that it waits for, because it awaits them or holds their group
     * (Python: {@code asyncio pstree}). A circle of tasks that wait for each other is shown as one.
     */
    public String pstree() {
        return new Tree(this).toString();
    }
}
