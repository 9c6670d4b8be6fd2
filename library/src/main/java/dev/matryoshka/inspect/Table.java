package dev.matryoshka.inspect;

import java.util.ArrayList;
import java.util.List;

/** {@link LoopSnapshot#ps()}: columns as wide as what stands in them. */
final class Table {
    private final StringBuilder text = new StringBuilder();

    Table(LoopSnapshot snapshot) {
        head(snapshot);
        tasks(snapshot.tasks());
        servers(snapshot.servers());
        connections(snapshot.connections());
    }

    private void head(LoopSnapshot snapshot) {
        LoopGauges loop = snapshot.loop();
        text.append("event loop '%s': %s on %s; %d passes, %d callbacks, %d task switches, %d slow%n"
                .formatted(
                        loop.name(),
                        loop.state(),
                        loop.kernel(),
                        loop.passes(),
                        loop.callbacks(),
                        loop.taskSwitches(),
                        loop.slowCallbacks()));
        text.append("  queued: %d callbacks, %d from outside, %d timers; %d tasks, %d channels, %d chunks in use%n"
                .formatted(
                        loop.readyCallbacks(),
                        loop.inbox(),
                        loop.timers(),
                        loop.tasks(),
                        loop.channels(),
                        loop.chunksInUse()));
        StuckAt stuck = snapshot.stuck();
        if (stuck != null) {
            text.append("  did not answer; '")
                    .append(stuck.thread())
                    .append("' is at")
                    .append(System.lineSeparator());
            stuck.stack().forEach(frame -> text.append("    ").append(frame).append(System.lineSeparator()));
        }
    }

    private void tasks(List<TaskSnapshot> tasks) {
        List<String[]> rows = new ArrayList<>();
        for (TaskSnapshot task : tasks) {
            rows.add(new String[] {
                String.valueOf(task.id()),
                task.name(),
                task.state().toString(),
                task.waitsFor().isEmpty() ? "-" : task.waitsFor(),
                place(task)
            });
        }
        table("tasks", new String[] {"ID", "NAME", "STATE", "WAITS FOR", "AT"}, rows);
    }

    private static String place(TaskSnapshot task) {
        String place = Words.place(task.stack());
        String origin = task.origin() == null ? "" : " made at " + task.origin();
        return (place.isEmpty() ? "-" : place) + origin;
    }

    private void servers(List<ServerSnapshot> servers) {
        List<String[]> rows = new ArrayList<>();
        for (ServerSnapshot server : servers) {
            String where = String.join(
                    " ", server.addresses().stream().map(Words::address).toList());
            rows.add(
                    new String[] {server.state(), String.valueOf(server.connections()), where.isEmpty() ? "-" : where});
        }
        table("servers", new String[] {"STATE", "CONNECTIONS", "ADDRESSES"}, rows);
    }

    private void connections(List<ConnectionSnapshot> connections) {
        List<String[]> rows = new ArrayList<>();
        for (ConnectionSnapshot connection : connections) {
            ConnectionSnapshot.Traffic traffic = connection.traffic();
            rows.add(new String[] {
                connection.kind(),
                connection.state(),
                Words.address(connection.local()),
                Words.address(connection.remote()),
                Words.age(connection.age()),
                buffer(traffic.bytesIn(), traffic.readBuffered(), traffic.readingPaused()),
                buffer(traffic.bytesOut(), traffic.writeBuffered(), traffic.writingPaused()),
                connection.user().isEmpty() ? "-" : connection.user()
            });
        }
        table("connections", new String[] {"KIND", "STATE", "LOCAL", "REMOTE", "AGE", "IN", "OUT", "USER"}, rows);
    }

    private static String buffer(long moved, long held, boolean paused) {
        return Words.bytes(moved) + (held == 0 ? "" : " +" + Words.bytes(held)) + (paused ? " paused" : "");
    }

    private void table(String title, String[] names, List<String[]> rows) {
        if (rows.isEmpty()) {
            return;
        }
        int[] widths = new int[names.length];
        List<String[]> all = new ArrayList<>(List.<String[]>of(names));
        all.addAll(rows);
        for (String[] row : all) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        text.append("  ").append(title).append(System.lineSeparator());
        for (String[] row : all) {
            StringBuilder line = new StringBuilder("   ");
            for (int i = 0; i < row.length; i++) {
                line.append(' ').append(row[i]).repeat(' ', widths[i] - row[i].length() + 1);
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
