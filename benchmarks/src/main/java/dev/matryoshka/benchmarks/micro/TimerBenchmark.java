package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.TimerHandle;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Timers that do not fire, which is what most timers of a network do, among others that stay. Everybody is used from where it is
 * fastest: the loops from themselves, the JDK's executor and the wheel, which lock or queue, from outside.
 *
 * <p>{@code addAndCancel}: one timer after another, each cancelled at once, as a request with a time limit that is answered.
 * {@code restart}: the oldest of all is cancelled and a new one added, as a connection's idle timeout when a message arrives.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimerBenchmark {
    private static final int BATCH = 10_000;
    private static final Runnable NOTHING = () -> {};
    private static final TimerTask NOTHING_ON_THE_WHEEL = timeout -> {};
    private static final Duration LATER = Duration.ofHours(1);

    /**
     * Timers that stay meanwhile. Not none: the executor of the JDK would then wake its thread for each new one, which is next, and
     * cost three times as much.
     */
    @Param({"10", "1000000"})
    int pending;

    private int next;

    /** Ours, with what stays. */
    @State(Scope.Benchmark)
    public static class Ours extends LoopUnderTest {
        TimerHandle[] timers;

        /** Adds what stays. */
        @Setup
        public void add(TimerBenchmark benchmark) throws Exception {
            timers = new TimerHandle[benchmark.pending];
            on(() -> {
                for (int i = 0; i < timers.length; i++) {
                    timers[i] = loop.callLater(LATER, NOTHING);
                }
                return timers;
            });
        }
    }

    /** Netty's loop, with what stays. */
    @State(Scope.Benchmark)
    public static class Netty extends NettyLoop {
        Future<?>[] timers;

        /** Adds what stays. */
        @Setup
        public void add(TimerBenchmark benchmark) throws Exception {
            timers = new Future<?>[benchmark.pending];
            on(() -> {
                for (int i = 0; i < timers.length; i++) {
                    timers[i] = loop.schedule(NOTHING, 1, TimeUnit.HOURS);
                }
                return timers;
            });
        }
    }

    /** The JDK's, with what stays. */
    @State(Scope.Benchmark)
    public static class Jdk extends JdkExecutor {
        Future<?>[] timers;

        /** Adds what stays. */
        @Setup
        public void add(TimerBenchmark benchmark) {
            timers = new Future<?>[benchmark.pending];
            for (int i = 0; i < timers.length; i++) {
                timers[i] = executor.schedule(NOTHING, 1, TimeUnit.HOURS);
            }
        }
    }

    /** Netty's wheel, with what stays. */
    @State(Scope.Benchmark)
    public static class Wheel {
        HashedWheelTimer wheel;
        Timeout[] timers;

        /** Starts it and adds what stays. */
        @Setup
        public void start(TimerBenchmark benchmark) {
            wheel = new HashedWheelTimer();
            timers = new Timeout[benchmark.pending];
            for (int i = 0; i < timers.length; i++) {
                timers[i] = wheel.newTimeout(NOTHING_ON_THE_WHEEL, 1, TimeUnit.HOURS);
            }
        }

        /** Stops it. */
        @TearDown
        public void stop() {
            wheel.stop();
        }
    }

    /** Where the oldest lies that was not restarted. */
    private int oldest() {
        if (++next >= pending) {
            next = 0;
        }
        return next;
    }

    // ---- add and cancel -------------------------------------------------------------------------------------------

    /** Ours, on the loop. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int addAndCancelOurs(Ours ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            for (int i = 0; i < BATCH; i++) {
                loop.callLater(LATER, NOTHING).cancel();
            }
            return BATCH;
        });
    }

    /** Netty's, on its loop. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int addAndCancelNetty(Netty netty) throws Exception {
        return netty.on(() -> {
            for (int i = 0; i < BATCH; i++) {
                netty.loop.schedule(NOTHING, 1, TimeUnit.HOURS).cancel(false);
            }
            return BATCH;
        });
    }

    /** Netty's wheel. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int addAndCancelWheel(Wheel wheel) {
        for (int i = 0; i < BATCH; i++) {
            wheel.wheel.newTimeout(NOTHING_ON_THE_WHEEL, 1, TimeUnit.HOURS).cancel();
        }
        return BATCH;
    }

    /** The JDK's. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int addAndCancelJdk(Jdk jdk) {
        for (int i = 0; i < BATCH; i++) {
            jdk.executor.schedule(NOTHING, 1, TimeUnit.HOURS).cancel(false);
        }
        return BATCH;
    }

    // ---- restart --------------------------------------------------------------------------------------------------

    /** Ours, on the loop. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int restartOurs(Ours ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            for (int i = 0; i < BATCH; i++) {
                int oldest = oldest();
                ours.timers[oldest].cancel();
                ours.timers[oldest] = loop.callLater(LATER, NOTHING);
            }
            return BATCH;
        });
    }

    /** Netty's, on its loop. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int restartNetty(Netty netty) throws Exception {
        return netty.on(() -> {
            for (int i = 0; i < BATCH; i++) {
                int oldest = oldest();
                netty.timers[oldest].cancel(false);
                netty.timers[oldest] = netty.loop.schedule(NOTHING, 1, TimeUnit.HOURS);
            }
            return BATCH;
        });
    }

    /** Netty's wheel. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int restartWheel(Wheel wheel) {
        for (int i = 0; i < BATCH; i++) {
            int oldest = oldest();
            wheel.timers[oldest].cancel();
            wheel.timers[oldest] = wheel.wheel.newTimeout(NOTHING_ON_THE_WHEEL, 1, TimeUnit.HOURS);
        }
        return BATCH;
    }

    /** The JDK's. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int restartJdk(Jdk jdk) {
        for (int i = 0; i < BATCH; i++) {
            int oldest = oldest();
            jdk.timers[oldest].cancel(false);
            jdk.timers[oldest] = jdk.executor.schedule(NOTHING, 1, TimeUnit.HOURS);
        }
        return BATCH;
    }
}
