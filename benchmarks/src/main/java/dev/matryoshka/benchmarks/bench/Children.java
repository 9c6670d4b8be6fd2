package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.cli.CommandFailure;
import java.util.ArrayList;
import java.util.List;

/** The processes of one run. They end with it, also when the run is interrupted by a signal. */
final class Children implements AutoCloseable {
    private final List<Child> all = new ArrayList<>();
    private final Thread hook = new Thread(this::killAll, "kill-children");
    private boolean closed;

    Children() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    synchronized Child start(String name, List<String> command) throws CommandFailure {
        if (closed) {
            throw new CommandFailure("interrupted");
        }
        Child child = Child.start(name, command);
        all.add(child);
        return child;
    }

    private synchronized void killAll() {
        closed = true;
        all.forEach(Child::kill);
    }

    @Override
    public void close() {
        List<Child> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(all);
        }
        open.forEach(Child::close);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // the hook is running, or has
        }
    }
}
