package dev.matryoshka.kernel.faulty;

import java.util.ArrayDeque;

/** What was done with one object, the newest {@value #ENTRIES_MAX} entries, for the message of a violation. Loop thread only. */
final class History {
    static final int ENTRIES_MAX = 64;

    private final ArrayDeque<String> entries = new ArrayDeque<>();
    private long forgotten;

    void add(String entry) {
        if (entries.size() == ENTRIES_MAX) {
            entries.remove();
            forgotten++;
        }
        entries.add(entry);
    }

    /** One entry a line, the oldest first. */
    @Override
    public String toString() {
        String lines = String.join("\n  ", entries);
        return forgotten == 0 ? "  " + lines : "  (" + forgotten + " older ones)\n  " + lines;
    }
}
