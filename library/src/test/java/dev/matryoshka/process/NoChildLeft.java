package dev.matryoshka.process;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test that leaves a child behind, running or as a zombie: both stand in the table of processes, which is asked here. */
final class NoChildLeft implements BeforeEachCallback, AfterEachCallback {
    private static final int PATIENCE_MILLIS = 5_000;
    private static final long PAUSE_NANOS = 1_000_000;

    private final Set<Long> before = new HashSet<>();

    @Override
    public void beforeEach(ExtensionContext context) {
        before.clear();
        before.addAll(children());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Set<Long> left = since();
        for (int millis = 0; millis < PATIENCE_MILLIS && !left.isEmpty(); millis++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            left = since();
        }
        left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        if (!left.isEmpty()) {
            throw new AssertionError("children left behind: " + left);
        }
    }

    private Set<Long> since() {
        Set<Long> now = new HashSet<>(children());
        now.removeAll(before);
        return now;
    }

    private static List<Long> children() {
        return ProcessHandle.current().children().map(ProcessHandle::pid).toList();
    }
}
