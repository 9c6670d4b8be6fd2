package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.HashedWheelTimer;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** To add a timer and cancel it, as every request with a time limit does, among others that stay. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"})
public class TimerBenchmark {
    private static final int BATCH = 10_000;
    private static final Runnable NOTHING = () -> {};
    private static final Duration LATER = Duration.ofHours(1);

    /** Timers that stay meanwhile. */
    @Param({"0", "1000000"})
    int pending;

    private EventLoopGroup netty;
    private ScheduledThreadPoolExecutor jdk;
    private HashedWheelTimer wheel;

    /** Starts everybody, with what stays. */
    @Setup
    public void start(LoopUnderTest ours) throws Exception {
        netty = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        jdk = new ScheduledThreadPoolExecutor(1);
        jdk.setRemoveOnCancelPolicy(true);
        wheel = new HashedWheelTimer();
        EventLoop loop = ours.loop;
        ours.on(() -> {
            for (int i = 0; i < pending; i++) {
                loop.callLater(LATER, NOTHING);
            }
            return pending;
        });
        for (int i = 0; i < pending; i++) {
            netty.next().schedule(NOTHING, 1, TimeUnit.HOURS);
            jdk.schedule(NOTHING, 1, TimeUnit.HOURS);
            wheel.newTimeout(timeout -> {}, 1, TimeUnit.HOURS);
        }
    }

    /** Stops everybody. */
    @TearDown
    public void stop() throws InterruptedException {
        netty.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        jdk.shutdownNow();
        wheel.stop();
    }

    /** Ours, on the loop. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int callLaterAndCancel(LoopUnderTest ours) throws Exception {
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
    public int nettySchedule() throws Exception {
        return netty.next()
                .submit(() -> {
                    for (int i = 0; i < BATCH; i++) {
                        netty.next().schedule(NOTHING, 1, TimeUnit.HOURS).cancel(false);
                    }
                    return BATCH;
                })
                .get();
    }

    /** Netty's wheel. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int nettyWheel() {
        for (int i = 0; i < BATCH; i++) {
            wheel.newTimeout(timeout -> {}, 1, TimeUnit.HOURS).cancel();
        }
        return BATCH;
    }

    /** The JDK's. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int scheduledThreadPool() {
        for (int i = 0; i < BATCH; i++) {
            jdk.schedule(NOTHING, 1, TimeUnit.HOURS).cancel(false);
        }
        return BATCH;
    }
}
