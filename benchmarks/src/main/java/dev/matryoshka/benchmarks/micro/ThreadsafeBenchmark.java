package dev.matryoshka.benchmarks.micro;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Callbacks per second from other threads ({@code -t 1}, {@code -t 2}, {@code -t 4}). At most {@value #UNDER_WAY} are under way
 * per thread, so that the figure is what runs and not what is queued.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"})
public class ThreadsafeBenchmark {
    private static final int UNDER_WAY = 1024;

    /** What one thread has under way. */
    @State(Scope.Thread)
    public static class Window {
        final Semaphore free = new Semaphore(UNDER_WAY);
        final Runnable callback = free::release;
    }

    /** Netty's loop. */
    @State(Scope.Benchmark)
    public static class Netty {
        MultiThreadIoEventLoopGroup group;

        /** Starts it. */
        @Setup
        public void start() {
            group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        }

        /** Stops it. */
        @TearDown
        public void stop() throws InterruptedException {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    /** The JDK's executor with one thread. */
    @State(Scope.Benchmark)
    public static class Jdk {
        ScheduledThreadPoolExecutor executor;

        /** Starts it. */
        @Setup
        public void start() {
            executor = new ScheduledThreadPoolExecutor(1);
        }

        /** Stops it. */
        @TearDown
        public void stop() {
            executor.shutdownNow();
        }
    }

    /** Ours. */
    @Benchmark
    public void callSoonThreadsafe(LoopUnderTest ours, Window window) {
        window.free.acquireUninterruptibly();
        ours.loop.callSoonThreadsafe(window.callback);
    }

    /** Netty's. */
    @Benchmark
    public void nettyExecute(Netty netty, Window window) {
        window.free.acquireUninterruptibly();
        netty.group.execute(window.callback);
    }

    /** The JDK's. */
    @Benchmark
    public void scheduledThreadPool(Jdk jdk, Window window) {
        window.free.acquireUninterruptibly();
        jdk.executor.execute(window.callback);
    }
}
