package dev.matryoshka.benchmarks.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Puts child processes on cores, by taskset(1) of util-linux: a server that shares its core with the load is measured with
 * the scheduler's moods.
 *
 * @param serverCore where servers run; -1 for wherever the system puts them
 * @param loadCore where the load runs; -1 for wherever the system puts it
 */
record Pinning(int serverCore, int loadCore) {
    static final Pinning NONE = new Pinning(-1, -1);

    private static final String TOOL = "taskset";
    private static final int TRY_SECONDS = 5;
    private static final String ALLOWED = "Cpus_allowed_list:";

    /** The first core, and the first one that is not a hyper-thread of that. Tries it: the tool may be missing. */
    static Pinning detect() throws InterruptedException {
        SortedSet<Integer> allowed = allowed();
        if (allowed.size() < 2) {
            return NONE;
        }
        int first = allowed.removeFirst();
        SortedSet<Integer> others = new TreeSet<>(allowed);
        others.removeAll(cores(read("/sys/devices/system/cpu/cpu" + first + "/topology/thread_siblings_list")));
        int second = others.isEmpty() ? allowed.getFirst() : others.getFirst();
        return works(first) && works(second) ? new Pinning(first, second) : NONE;
    }

    private static SortedSet<Integer> allowed() {
        return read("/proc/self/status")
                .lines()
                .filter(line -> line.startsWith(ALLOWED))
                .findFirst()
                .map(line -> cores(line.substring(ALLOWED.length())))
                .orElseGet(TreeSet::new);
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException elsewhere) {
            return "";
        }
    }

    /** Reads {@code 0-3,8}, as the kernel writes sets of cores. */
    static SortedSet<Integer> cores(String list) {
        SortedSet<Integer> cores = new TreeSet<>();
        for (String range : list.strip().split(",")) {
            String[] ends = range.split("-");
            if (!range.isEmpty()) {
                for (int core = Integer.parseInt(ends[0]); core <= Integer.parseInt(ends[ends.length - 1]); core++) {
                    cores.add(core);
                }
            }
        }
        return cores;
    }

    private static boolean works(int core) throws InterruptedException {
        return Tool.works(TRY_SECONDS, TOOL, "-c", String.valueOf(core), "true");
    }

    boolean isPinned() {
        return serverCore >= 0;
    }

    /** What stands before a command that starts a server. */
    List<String> server() {
        return prefix(serverCore);
    }

    /** What stands before a command that starts the load. */
    List<String> load() {
        return prefix(loadCore);
    }

    private static List<String> prefix(int core) {
        return core < 0 ? List.of() : List.of(TOOL, "-c", String.valueOf(core));
    }
}
