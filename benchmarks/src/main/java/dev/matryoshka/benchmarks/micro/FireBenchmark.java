package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Timers that fire: ten thousand, added by the loop out of order and all due at once, from the first that is added to the last that
 * has run, among those that stay (see {@link TimerBenchmark}).
 *
 * <p>Not the wheel of Netty: its tick of a hundred milliseconds would be the figure.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FireBenchmark {
    private static final int BATCH = 10_000;

    /** The delays, in nanoseconds: out of order, and all over before the last is added. */
    private static final int SPREAD = 9_973;

    /** Counts those that fired. */
    @State(Scope.Thread)
    public static class Count {
        private int left;
        private CountDownLatch done = new CountDownLatch(0);

        final Runnable callback = () -> {
            if (--left == 0) {
                done.countDown();
            }
        };

        void begin() {
            left = BATCH;
            done = new CountDownLatch(1);
        }

        int await() throws InterruptedException {
            done.await();
            return BATCH;
        }
    }

    private static long delayNanos(int i) {
        return i * 7_919L % SPREAD;
    }

    /** Ours. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int ours(TimerBenchmark pending, TimerBenchmark.Ours ours, Count count) throws Exception {
        EventLoop loop = ours.loop;
        count.begin();
        loop.callSoonThreadsafe(() -> {
            for (int i = 0; i < BATCH; i++) {
                loop.callAt(loop.time() + delayNanos(i), count.callback);
            }
        });
        return count.await();
    }

    /** Netty's. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int netty(TimerBenchmark pending, TimerBenchmark.Netty netty, Count count) throws Exception {
        count.begin();
        netty.loop.execute(() -> {
            for (int i = 0; i < BATCH; i++) {
                netty.loop.schedule(count.callback, delayNanos(i), TimeUnit.NANOSECONDS);
            }
        });
        return count.await();
    }

    /** The JDK's. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int jdk(TimerBenchmark pending, TimerBenchmark.Jdk jdk, Count count) throws Exception {
        count.begin();
        jdk.executor.execute(() -> {
            for (int i = 0; i < BATCH; i++) {
                jdk.executor.schedule(count.callback, delayNanos(i), TimeUnit.NANOSECONDS);
            }
        });
        return count.await();
    }
}
