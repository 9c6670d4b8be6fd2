package dev.matryoshka.benchmarks.micro;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;

/**
 * Callbacks per microsecond from 1, 2 and 4 other threads, until they ran: see {@link Window}. All four sides do the same: a
 * runnable that is there already is handed over, and counted when it has run.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PostBenchmark {
    /** Ours, one thread. */
    @Benchmark
    @Threads(1)
    public void ours1(LoopUnderTest ours, Window window) {
        window.enter();
        ours.loop.callSoonThreadsafe(window.callback);
    }

    /** Ours, two threads. */
    @Benchmark
    @Threads(2)
    public void ours2(LoopUnderTest ours, Window window) {
        window.enter();
        ours.loop.callSoonThreadsafe(window.callback);
    }

    /** Ours, four threads. */
    @Benchmark
    @Threads(4)
    public void ours4(LoopUnderTest ours, Window window) {
        window.enter();
        ours.loop.callSoonThreadsafe(window.callback);
    }

    /** Netty's, one thread. */
    @Benchmark
    @Threads(1)
    public void netty1(NettyLoop netty, Window window) {
        window.enter();
        netty.loop.execute(window.callback);
    }

    /** Netty's, two threads. */
    @Benchmark
    @Threads(2)
    public void netty2(NettyLoop netty, Window window) {
        window.enter();
        netty.loop.execute(window.callback);
    }

    /** Netty's, four threads. */
    @Benchmark
    @Threads(4)
    public void netty4(NettyLoop netty, Window window) {
        window.enter();
        netty.loop.execute(window.callback);
    }

    /** The JDK's, one thread. */
    @Benchmark
    @Threads(1)
    public void jdk1(JdkExecutor jdk, Window window) {
        window.enter();
        jdk.executor.execute(window.callback);
    }

    /** The JDK's, two threads. */
    @Benchmark
    @Threads(2)
    public void jdk2(JdkExecutor jdk, Window window) {
        window.enter();
        jdk.executor.execute(window.callback);
    }

    /** The JDK's, four threads. */
    @Benchmark
    @Threads(4)
    public void jdk4(JdkExecutor jdk, Window window) {
        window.enter();
        jdk.executor.execute(window.callback);
    }
}
