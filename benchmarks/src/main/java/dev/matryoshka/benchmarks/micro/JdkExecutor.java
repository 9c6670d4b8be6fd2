package dev.matryoshka.benchmarks.micro;

import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The JDK's timer executor with one thread: what a program without a loop has. */
@State(Scope.Benchmark)
public class JdkExecutor {
    ScheduledThreadPoolExecutor executor;

    /** Starts it. Cancelled timers leave at once, as everybody else's do. */
    @Setup(Level.Trial)
    public void start() {
        executor = new ScheduledThreadPoolExecutor(1);
        executor.setRemoveOnCancelPolicy(true);
    }

    /** Runs a body on its thread, and waits for it. */
    <T> T on(Callable<T> body) throws Exception {
        return executor.submit(body).get();
    }

    /** Stops it. */
    @TearDown(Level.Trial)
    public void stop() {
        executor.shutdownNow();
    }
}
