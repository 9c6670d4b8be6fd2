package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.cli.CommandFailure;
import java.util.ArrayList;
import java.util.List;

/** The processes of one run. They end with it. */
final class Children implements AutoCloseable {
    private final List<Child> all = new ArrayList<>();
    private boolean killed;

    synchronized Child start(String name, List<String> command) throws CommandFailure {
        if (killed) {
            throw new CommandFailure("interrupted");
        }
        Child child = Child.start(name, command);
        all.add(child);
        return child;
    }

    /** Ends one. */
    void end(Child child) {
        child.close();
        synchronized (this) {
            all.remove(child);
        }
    }

    /** Ends all at once, without waiting; no other will start. Any thread. */
    synchronized void kill() {
        killed = true;
        all.forEach(Child::kill);
    }

    @Override
    public void close() {
        List<Child> open;
        synchronized (this) {
            killed = true;
            open = List.copyOf(all);
        }
        open.forEach(Child::close);
    }
}
