package dev.matryoshka.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopLoad;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.faulty.CheckingKernel;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * A loop for one test, on a kernel that is watched for breaches of the seam's rules. At its end nothing may be left in it: no
 * callback, timer, socket, task or chunk, and no exception that nobody caught, unless the test asked for it with
 * {@link #reported()}. Descriptors are the business of {@link LeakCheck}.
 */
public final class TestLoop implements AutoCloseable {
    /**
     * For the last callbacks after the test's own end. Of real time, not of passes: a thread of the executor may still hold a chunk, and
     * on a busy machine it comes on when twenty thousand passes are over.
     */
    private static final long LAST_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

    /** In {@link #until}: so many passes without waiting, then as many milliseconds of the loop's time. */
    private static final int PASSES_MAX = 200;

    private static final int MILLIS_MAX = 10_000;

    private static final int QUIET_MILLIS = 20;

    /** A loop that spins makes thousands. */
    private static final int QUIET_PASSES_MAX = 12;

    public final EventLoop loop;
    public final LoopEngine engine;
    public final Kernel kernel;
    private final List<ExceptionContext> reported = new ArrayList<>();
    private boolean mayLeave;

    /** The platform thread of the last run, or 0. */
    private long carrierId;

    private TestLoop(KernelProvider provider, LoopOptions options) {
        try {
            Class.forName(EventLoop.class.getName()); // its initialiser tells Engines how to open a loop
            loop = (EventLoop) Engines.open(options, provider);
        } catch (IOException | ClassNotFoundException failed) {
            throw new AssertionError(failed);
        }
        engine = Engines.of(loop);
        kernel = engine.kernel();
        loop.setExceptionHandler((source, context) -> reported.add(context));
    }

    public static TestLoop over(Net net) {
        return over(net.provider());
    }

    public static TestLoop over(KernelProvider provider) {
        return unchecked(CheckingKernel.provider(provider));
    }

    /** Without the watch, which costs time and objects: for tests that count. */
    public static TestLoop unchecked(KernelProvider provider) {
        return new TestLoop(provider, LoopOptions.defaults().withSlowCallback(Duration.ofMinutes(1)));
    }

    /** Not asked at its end what is left: for tests of a loop that is closed under a load. */
    public static TestLoop leaving(KernelProvider provider) {
        TestLoop loop = over(provider);
        loop.mayLeave = true;
        return loop;
    }

    /** Runs a body as a task until it has ended, and throws what it threw. */
    public void run(Action main) throws Exception {
        carrierId = Thread.currentThread().threadId();
        loop.runUntilComplete(loop.createTask("test", main));
    }

    /** As {@link #run(Action)}, with a result. */
    public <T> T call(Callable<T> main) throws Exception {
        carrierId = Thread.currentThread().threadId();
        return loop.runUntilComplete(loop.createTask("test", main));
    }

    /** In a task: lets so many passes go by. */
    public void passes(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            Task.sleep(Duration.ZERO);
        }
    }

    /** In a task: lets the loop turn until something is true, or fails after a time that is long enough for everything. */
    public void until(String what, BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < PASSES_MAX; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Task.sleep(Duration.ZERO);
        }
        for (int i = 0; i < MILLIS_MAX; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Task.sleep(Duration.ofMillis(1));
        }
        fail("waited in vain until " + what + "; the loop has " + engine.load() + ", reported " + reported);
    }

    /** In a task: what a peer of another program has to do its part for; it may be dead, or a datagram be lost. */
    public <T> T within(String what, Callable<T> wait) throws Exception {
        try {
            return Timeout.within(Duration.ofMillis(MILLIS_MAX), wait);
        } catch (TimeoutException vain) {
            throw new AssertionError("waited in vain for " + what + "; the loop has " + engine.load(), vain);
        }
    }

    /** In a task: nothing happens for so many milliseconds, and the loop sleeps through them instead of spinning. */
    public void assertQuiet() throws InterruptedException {
        passes(3);
        long before = engine.counters().passes;
        Task.sleep(Duration.ofMillis(QUIET_MILLIS));
        assertThat(engine.counters().passes - before)
                .as("passes in " + QUIET_MILLIS + " quiet ms")
                .isLessThan(QUIET_PASSES_MAX);
    }

    /** The platform thread that carries the loop and its tasks: what they allocate is counted there. */
    long carrierId() {
        return carrierId;
    }

    /** What was asked of the kernel so far. */
    public SystemCalls calls() {
        return kernel.systemCalls().snapshot();
    }

    /** What nobody caught so far; the test has to look at it. */
    public List<ExceptionContext> reported() {
        List<ExceptionContext> taken = List.copyOf(reported);
        reported.clear();
        return taken;
    }

    @Override
    public void close() {
        LoopLoad empty = new LoopLoad(0, 0, 0, 0, 0);
        LoopLoad left;
        try {
            long began = System.nanoTime();
            while (!mayLeave && !engine.load().equals(empty) && System.nanoTime() - began < LAST_NANOS_MAX) {
                loop.stop();
                loop.runForever();
                Thread.yield();
            }
            left = engine.load();
        } finally {
            loop.close();
        }
        assertThat(reported).as("thrown, and nobody caught it").isEmpty();
        if (!mayLeave) {
            assertThat(left).as("left in the loop").isEqualTo(empty);
        }
        assertThat(engine.load()).as("left after close").isEqualTo(empty);
        if (kernel instanceof CheckingKernel checking) {
            assertThat(checking.violations()).as("rules of the seam broken").isEmpty();
        }
    }
}
