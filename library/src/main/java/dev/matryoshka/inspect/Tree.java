package dev.matryoshka.inspect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@link LoopSnapshot#pstree()}: who waits for whom. A task stands below the one that awaits it and below the one that holds
 * its group, in full the first time and by name after that; so a circle ends where it began.
 */
final class Tree {
    /** Deeper a terminal shows nothing, and a chain of ten thousand tasks would be as deep in here. */
    private static final int DEPTH_MAX = 100;

    private final Map<Long, TaskSnapshot> tasks = new LinkedHashMap<>();
    private final Map<Long, Set<Long>> below = new LinkedHashMap<>();
    private final Set<Long> shown = new HashSet<>();
    private final Set<Long> above = new HashSet<>();
    private final StringBuilder text = new StringBuilder();

    Tree(LoopSnapshot snapshot) {
        LoopGauges loop = snapshot.loop();
        snapshot.tasks().forEach(task -> tasks.put(task.id(), task));
        link(snapshot.tasks());
        line("", "event loop '" + loop.name() + "': " + loop.state() + " on " + loop.kernel());
        StuckAt stuck = snapshot.stuck();
        if (stuck != null) {
            line("", "  did not answer; '" + stuck.thread() + "' is at " + Words.place(stuck.stack()));
        }
        List<Long> roots = roots();
        for (int i = 0; i < roots.size(); i++) {
            show(roots.get(i), "", i == roots.size() - 1, 0);
        }
    }

    private void link(List<TaskSnapshot> all) {
        for (TaskSnapshot task : all) {
            if (tasks.containsKey(task.awaits())) {
                below.computeIfAbsent(task.id(), id -> new LinkedHashSet<>()).add(task.awaits());
            }
            if (tasks.containsKey(task.holder())) {
                below.computeIfAbsent(task.holder(), id -> new LinkedHashSet<>())
                        .add(task.id());
            }
        }
    }

    /** Those for whom nobody waits; and of each circle that hangs on none of them, the oldest. */
    private List<Long> roots() {
        Set<Long> hanging = new HashSet<>();
        below.values().forEach(hanging::addAll);
        List<Long> roots = new ArrayList<>();
        Set<Long> reached = new HashSet<>();
        for (Long id : tasks.keySet()) {
            if (!hanging.contains(id)) {
                roots.add(id);
                reach(id, reached);
            }
        }
        for (Long id : tasks.keySet()) {
            if (!reached.contains(id)) {
                roots.add(id);
                reach(id, reached);
            }
        }
        return roots;
    }

    private void reach(Long root, Set<Long> reached) {
        List<Long> open = new ArrayList<>(List.of(root));
        while (!open.isEmpty()) {
            Long id = open.removeLast();
            if (reached.add(id)) {
                open.addAll(below.getOrDefault(id, Set.of()));
            }
        }
    }

    private void show(Long id, String indent, boolean last, int depth) {
        TaskSnapshot task = tasks.get(id);
        if (task == null) {
            return;
        }
        String branch = indent + (last ? "└── " : "├── ");
        if (above.contains(id)) {
            line(branch, task.name() + " (a circle: it waits for itself)");
        } else if (!shown.add(id)) {
            line(branch, task.name() + " (see above)");
        } else if (depth == DEPTH_MAX) {
            line(branch, task.name() + " (and what it waits for)");
        } else {
            line(branch, describe(task));
            above.add(id);
            List<Long> children = List.copyOf(below.getOrDefault(id, Set.of()));
            for (int i = 0; i < children.size(); i++) {
                show(children.get(i), indent + (last ? "    " : "│   "), i == children.size() - 1, depth + 1);
            }
            above.remove(id);
        }
    }

    private static String describe(TaskSnapshot task) {
        String place = Words.place(task.stack());
        String doing = task.waitsFor().isEmpty()
                ? task.state().toString().toLowerCase(Locale.ROOT)
                : "waits for " + task.waitsFor();
        return task.name() + ": " + doing + (place.isEmpty() ? "" : ", at " + place);
    }

    private void line(String branch, String words) {
        text.append(branch).append(words).append(System.lineSeparator());
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
