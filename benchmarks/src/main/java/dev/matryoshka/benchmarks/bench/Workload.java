package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadRequest;

/**
 * One thing to measure: a server of some kind, under a load of some kind.
 *
 * @param family what it is
 * @param connections that are loaded at a time
 * @param sizeBytes of a message
 * @param depth how many messages are under way on each connection
 */
record Workload(Family family, int connections, int sizeBytes, int depth) {
    private static final int KIB = 1024;

    /** What {@link Family#parse} reads: {@code 10x1024}, {@code lines-10x64x64}, {@code bulk}. */
    String name() {
        if (equals(family.standard()) && family != Family.ECHO) {
            return family.toString();
        }
        String numbers = connections + "x" + sizeBytes + (depth == 1 ? "" : "x" + depth);
        return family == Family.ECHO ? numbers : family + "-" + numbers;
    }

    Serving serving() {
        return family.serving();
    }

    Figure figure() {
        return family.figure();
    }

    /** For people. */
    String title() {
        String title =
                family.title().formatted(connections == 1 ? "1 connection" : connections + " connections", size());
        return title + (depth == 1 ? "" : ", " + depth + " in flight on each");
    }

    /** {@code 1 KiB}, {@code 100 B}. */
    String size() {
        return sizeBytes % KIB == 0 ? sizeBytes / KIB + " KiB" : sizeBytes + " B";
    }

    /** What the load is asked, without where the server is and how long it takes. */
    LoadRequest request() {
        return family.request()
                .with(LoadRequest.CONNECTIONS, connections)
                .with(LoadRequest.SIZE, sizeBytes)
                .with(LoadRequest.DEPTH, depth);
    }
}
