package dev.matryoshka.benchmarks.micro;

import io.netty.channel.EventLoop;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * What a callback costs that the loop schedules itself. A burst: a thousand from one callback, which all run in the next pass. A
 * chain: each schedules the next, so that with us an operation is a whole pass with its poll (a callback of ours never runs in the
 * pass that scheduled it, so that nothing starves the network); Netty and the JDK run it in the same turn.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CallSoonBenchmark {
    private static final int BATCH = 1_000;

    /** Schedules the burst, then counts it. */
    private static final class Burst implements Runnable {
        private final Executor loop;
        private final CountDownLatch done = new CountDownLatch(1);
        private final Runnable callback = this::count;
        private int left = BATCH;

        Burst(Executor loop) {
            this.loop = loop;
        }

        @Override
        public void run() {
            for (int i = 0; i < BATCH; i++) {
                loop.execute(callback);
            }
        }

        private void count() {
            if (--left == 0) {
                done.countDown();
            }
        }
    }

    /** Schedules itself again and again. */
    private static final class Chain implements Runnable {
        private final Executor loop;
        private final CountDownLatch done = new CountDownLatch(1);
        private int left = BATCH;

        Chain(Executor loop) {
            this.loop = loop;
        }

        @Override
        public void run() {
            if (--left == 0) {
                done.countDown();
            } else {
                loop.execute(this);
            }
        }
    }

    /** Ours, a burst. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void oursBurst(LoopUnderTest ours) throws InterruptedException {
        Burst burst = new Burst(ours.loop::callSoon);
        ours.loop.callSoonThreadsafe(burst);
        burst.done.await();
    }

    /** Ours, a chain: passes. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void oursChain(LoopUnderTest ours) throws InterruptedException {
        Chain chain = new Chain(ours.loop::callSoon);
        ours.loop.callSoonThreadsafe(chain);
        chain.done.await();
    }

    /** Netty's, a burst. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void nettyBurst(NettyLoop netty) throws InterruptedException {
        EventLoop loop = netty.loop;
        Burst burst = new Burst(loop);
        loop.execute(burst);
        burst.done.await();
    }

    /** Netty's, a chain. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void nettyChain(NettyLoop netty) throws InterruptedException {
        EventLoop loop = netty.loop;
        Chain chain = new Chain(loop);
        loop.execute(chain);
        chain.done.await();
    }

    /** The JDK's, a burst. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void jdkBurst(JdkExecutor jdk) throws InterruptedException {
        Burst burst = new Burst(jdk.executor);
        jdk.executor.execute(burst);
        burst.done.await();
    }

    /** The JDK's, a chain. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void jdkChain(JdkExecutor jdk) throws InterruptedException {
        Chain chain = new Chain(jdk.executor);
        jdk.executor.execute(chain);
        chain.done.await();
    }
}
