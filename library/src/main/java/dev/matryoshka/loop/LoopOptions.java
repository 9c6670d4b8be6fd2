package dev.matryoshka.loop;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a loop is made. Immutable; start from {@link #defaults()}.
 *
 * @param name for logs, thread names and error messages; null numbers the loops
 * @param kernel {@code auto} (the fastest that works here), {@code epoll} or {@code nio}
 * @param slowCallback how long one callback or one task may hold the loop before it is reported; at least 1 ms, asyncio's
 *     {@code slow_callback_duration}, 100 ms by default
 * @param debug times each callback and task by itself, so that a slow one is named, and notes where each was scheduled
 * @param catchSigint whether {@code EventLoop.run} on the main thread cancels its task at Ctrl-C; true by default
 */
public record LoopOptions(
        @Nullable String name, String kernel, Duration slowCallback, boolean debug, boolean catchSigint) {
    private static final LoopOptions DEFAULTS = new LoopOptions(
            null, System.getProperty("matryoshka.kernel", "auto"), Duration.ofMillis(100), debugByDefault(), true);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException the slow-callback time is below 1 ms
     */
    public LoopOptions {
        Objects.requireNonNull(kernel, "kernel");
        if (slowCallback.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("slowCallback < 1 ms: " + slowCallback);
        }
    }

    /** The kernel of {@code -Dmatryoshka.kernel}, else auto; 100 ms; debug if {@code -Dmatryoshka.debug=true}. */
    public static LoopOptions defaults() {
        return DEFAULTS;
    }

    /** The same with a name. */
    public LoopOptions withName(String newName) {
        return new LoopOptions(newName, kernel, slowCallback, debug, catchSigint);
    }

    /** The same with a kernel: {@code auto}, {@code epoll} or {@code nio}. */
    public LoopOptions withKernel(String newKernel) {
        return new LoopOptions(name, newKernel, slowCallback, debug, catchSigint);
    }

    /** The same with another time after which a callback is reported as slow. */
    public LoopOptions withSlowCallback(Duration newSlowCallback) {
        return new LoopOptions(name, kernel, newSlowCallback, debug, catchSigint);
    }

    /** The same with debug mode on or off. */
    public LoopOptions withDebug(boolean newDebug) {
        return new LoopOptions(name, kernel, slowCallback, newDebug, catchSigint);
    }

    /** The same, with Ctrl-C left to the JVM or not. */
    public LoopOptions withCatchSigint(boolean newCatchSigint) {
        return new LoopOptions(name, kernel, slowCallback, debug, newCatchSigint);
    }

    private static boolean debugByDefault() {
        return Boolean.getBoolean("matryoshka.debug");
    }
}
