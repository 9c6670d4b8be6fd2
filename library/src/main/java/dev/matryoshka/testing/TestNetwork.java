package dev.matryoshka.testing;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopLoad;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.LoopOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network in memory with loops on it, all on one virtual clock. While any of them has something to do time stands still;
 * when all wait it jumps to the next timer, so an hour's timeout takes no time to test.
 *
 * <p>It is strict: {@link #run} fails when a loop ends with a connection, a listener, a task, a timer or a buffer left over,
 * and when something threw where nobody caught it.
 *
 * <p>Threads: the thread that creates it, and the loops' own tasks and callbacks.
 */
public final class TestNetwork implements AutoCloseable {
    /** Passes that a loop gets to deliver the last callbacks before what is left counts as leaked. */
    private static final int SETTLING_PASSES = 16;

    private final MemoryNetwork network = new MemoryNetwork();
    private final Weather weather;
    private final long createdNanos;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<ExceptionContext> uncaught = new ArrayList<>();

    private TestNetwork(Weather weather) {
        this.weather = weather;
        if (weather.windowBytes() > 0) {
            network.windows(weather.windowBytes(), weather.windowBytes());
        }
        createdNanos = network.clock().nanoTime();
    }

    /** In fair weather. */
    public static TestNetwork create() {
        return create(Weather.FAIR);
    }

    /** In weather of your choice, the same for all of its loops. */
    public static TestNetwork create(Weather weather) {
        return new TestNetwork(weather);
    }

    /**
     * Opens a loop on this network. What it reports to its exception handler fails {@link #close()}, unless the test sets a
     * handler of its own.
     */
    public EventLoop openLoop() {
        try {
            LoopOptions options = LoopOptions.defaults().withName("test-loop-" + (loops.size() + 1));
            EventLoop loop = (EventLoop) Engines.open(options, weather.over(network));
            loop.setExceptionHandler((where, context) -> uncaught.add(context));
            loops.add(loop);
            return loop;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * Runs a task on a loop of its own to its end, then checks that nothing is left over.
     *
     * @throws Exception what it threw
     * @throws AssertionError something leaked, or threw where nobody caught it
     */
    public void run(EventLoop.Main main) throws Exception {
        this.<@Nullable Void>call(loop -> {
            main.run(loop);
            return null;
        });
    }

    /** As {@link #run}, with a result. */
    public <T extends @Nullable Object> T call(EventLoop.MainWithResult<T> main) throws Exception {
        EventLoop loop = openLoop();
        T result;
        try {
            result = loop.runUntilComplete(loop.createTask("main", () -> main.call(loop)));
        } catch (Throwable failed) {
            loop.close();
            throw failed;
        }
        String left = leftOver(loop);
        loop.close();
        if (left != null) {
            throw new AssertionError(left);
        }
        throwUncaught();
        return result;
    }

    private static @Nullable String leftOver(EventLoop loop) {
        LoopEngine engine = Engines.of(loop);
        for (int pass = 0; pass < SETTLING_PASSES && !isIdle(engine.load()); pass++) {
            loop.callSoon(loop::stop);
            loop.runForever();
        }
        LoopLoad load = engine.load();
        return isIdle(load) ? null : "left over on '" + loop.name() + "': " + load;
    }

    private static boolean isIdle(LoopLoad load) {
        return load.channels() == 0
                && load.tasks() == 0
                && load.timers() == 0
                && load.chunks() == 0
                && load.callbacks() == 0;
    }

    private void throwUncaught() {
        if (uncaught.isEmpty()) {
            return;
        }
        AssertionError error = new AssertionError(
                "nobody caught: " + uncaught.getFirst().describe(),
                uncaught.getFirst().exception());
        for (ExceptionContext later : uncaught.subList(1, uncaught.size())) {
            error.addSuppressed(new AssertionError(later.describe(), later.exception()));
        }
        uncaught.clear();
        throw error;
    }

    /** Virtual time since this network was created. */
    public Duration elapsed() {
        return Duration.ofNanos(network.clock().nanoTime() - createdNanos);
    }

    /**
     * Pushes the clock; what becomes due runs when its loop turns next.
     *
     * @param time zero or more
     */
    public void advance(Duration time) {
        network.virtualClock().advance(time.toNanos());
    }

    /**
     * Closes every loop.
     *
     * @throws AssertionError something threw where nobody caught it
     */
    @Override
    public void close() {
        loops.forEach(EventLoop::close);
        throwUncaught();
    }

    @Override
    public String toString() {
        return "TestNetwork[" + weather + ", " + loops.size() + " loops, " + elapsed() + "]";
    }
}
