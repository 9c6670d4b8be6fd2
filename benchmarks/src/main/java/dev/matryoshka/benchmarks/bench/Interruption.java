package dev.matryoshka.benchmarks.bench;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C in the middle of a run: what is running ends at once, and the JVM waits a little until what was measured so far has been
 * printed.
 */
final class Interruption implements AutoCloseable {
    private static final Duration PRINT_LIMIT = Duration.ofSeconds(5);

    private final Runnable end;
    private final Thread hook = new Thread(this::interrupt, "interruption");
    private final CountDownLatch printed = new CountDownLatch(1);
    private volatile boolean happened;

    /** @param end what ends all that is running; any thread */
    Interruption(Runnable end) {
        this.end = end;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void interrupt() {
        happened = true;
        end.run();
        try {
            printed.await(PRINT_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the JVM is about to end. */
    boolean happened() {
        return happened;
    }

    /** Everything is printed: the JVM need not wait any longer. */
    @Override
    public void close() {
        printed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // the hook is running, or has
        }
    }
}
