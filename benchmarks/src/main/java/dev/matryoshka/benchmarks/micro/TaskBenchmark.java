package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** What tasks cost: a switch, a life, a life in a group; and a callback beside them. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"})
public class TaskBenchmark {
    private static final int BATCH = 1_000;

    /** Two tasks that wake each other: one operation is a park and an unpark. */
    @Benchmark
    @OperationsPerInvocation(2 * BATCH)
    public int parkAndUnpark(LoopUnderTest ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            Thread me = Thread.currentThread();
            int[] turn = {0};
            Task<Integer> other = loop.createTask(() -> {
                for (int i = 0; i < BATCH; i++) {
                    while (turn[0] != 1) {
                        LockSupport.park();
                    }
                    turn[0] = 0;
                    LockSupport.unpark(me);
                }
                return BATCH;
            });
            for (int i = 0; i < BATCH; i++) {
                turn[0] = 1;
                LockSupport.unpark(other.thread());
                while (turn[0] != 0) {
                    LockSupport.park();
                }
            }
            return other.await();
        });
    }

    /** A task from its start to its end. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int startAndAwait(LoopUnderTest ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            int sum = 0;
            for (int i = 0; i < BATCH; i++) {
                sum += loop.createTask(() -> 1).await();
            }
            return sum;
        });
    }

    /** A task in a group of a thousand. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int groupOfAThousand(LoopUnderTest ours) throws Exception {
        return ours.on(() -> {
            int[] sum = {0};
            TaskGroup.run(group -> {
                for (int i = 0; i < BATCH; i++) {
                    group.createTask(() -> sum[0]++);
                }
            });
            return sum[0];
        });
    }

    /** A callback that schedules the next: one operation is one pass with its poll. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int callSoon(LoopUnderTest ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            int[] left = {BATCH};
            Thread me = Thread.currentThread();
            loop.callSoon(new Runnable() {
                @Override
                public void run() {
                    if (--left[0] == 0) {
                        LockSupport.unpark(me);
                    } else {
                        loop.callSoon(this);
                    }
                }
            });
            while (left[0] > 0) {
                LockSupport.park();
            }
            return BATCH;
        });
    }
}
