package dev.matryoshka.benchmarks.micro;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * How long it takes from a post to a loop that sleeps until the callback runs there: the poster's system call, the kernel's
 * wake-up, the loop's way to the callback. Each side sleeps in its own way: in epoll_wait, or on a condition.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WakeBenchmark {
    /** Long enough for a loop that has nothing to do to be asleep, and for a core to be idle but not in deep sleep. */
    private static final long NAP_NANOS = 50_000;

    /** The poster spins on this, so that its own wake-up is not in the figure. */
    @State(Scope.Thread)
    public static class Signal {
        private volatile boolean ran;
        final Runnable callback = () -> ran = true;

        /** Lets the loop fall asleep; not measured. */
        @Setup(Level.Invocation)
        public void nap() {
            long end = System.nanoTime() + NAP_NANOS;
            while (System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
            ran = false;
        }

        boolean await() {
            while (!ran) {
                Thread.onSpinWait();
            }
            return true;
        }
    }

    /** Ours. */
    @Benchmark
    public boolean ours(LoopUnderTest ours, Signal signal) {
        ours.loop.callSoonThreadsafe(signal.callback);
        return signal.await();
    }

    /** Netty's. */
    @Benchmark
    public boolean netty(NettyLoop netty, Signal signal) {
        netty.loop.execute(signal.callback);
        return signal.await();
    }

    /** The JDK's. */
    @Benchmark
    public boolean jdk(JdkExecutor jdk, Signal signal) {
        jdk.executor.execute(signal.callback);
        return signal.await();
    }
}
