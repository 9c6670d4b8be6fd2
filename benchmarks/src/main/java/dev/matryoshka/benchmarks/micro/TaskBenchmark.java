package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * What tasks cost: a switch, a life, a life in a group of a thousand; beside virtual threads of the JDK's own scheduler, on one
 * carrier too ({@code -Djdk.virtualThreadScheduler.parallelism=1}). Netty has none.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TaskBenchmark {
    private static final int BATCH = 1_000;

    /** A virtual thread of the JDK runs a body; its caller waits. */
    private static <T> T onVirtualThread(Callable<T> body) throws Exception {
        List<T> results = new ArrayList<>(1);
        Thread.startVirtualThread(() -> {
                    try {
                        results.add(body.call());
                    } catch (Exception failed) {
                        throw new IllegalStateException(failed);
                    }
                })
                .join();
        return results.getFirst();
    }

    /** Two threads that wake each other. */
    private static final class PingPong {
        private final Thread first;
        private int turn;

        PingPong(Thread first) {
            this.first = first;
        }

        int second() {
            for (int i = 0; i < BATCH; i++) {
                while (turn != 1) {
                    LockSupport.park();
                }
                turn = 0;
                LockSupport.unpark(first);
            }
            return BATCH;
        }

        void first(Thread second) {
            for (int i = 0; i < BATCH; i++) {
                turn = 1;
                LockSupport.unpark(second);
                while (turn != 0) {
                    LockSupport.park();
                }
            }
        }
    }

    /** Two tasks that wake each other: one operation is a park and an unpark. */
    @Benchmark
    @OperationsPerInvocation(2 * BATCH)
    public int parkAndUnparkOurs(LoopUnderTest ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            PingPong game = new PingPong(Thread.currentThread());
            Task<Integer> second = loop.createTask(game::second);
            game.first(second.thread());
            return second.await();
        });
    }

    /** The same with two threads of the JDK. */
    @Benchmark
    @OperationsPerInvocation(2 * BATCH)
    public int parkAndUnparkJdk() throws Exception {
        return onVirtualThread(() -> {
            PingPong game = new PingPong(Thread.currentThread());
            Thread second = Thread.startVirtualThread(game::second);
            game.first(second);
            second.join();
            return BATCH;
        });
    }

    /** A task from its start to its end. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int startAndAwaitOurs(LoopUnderTest ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            int sum = 0;
            for (int i = 0; i < BATCH; i++) {
                sum += loop.createTask(() -> 1).await();
            }
            return sum;
        });
    }

    /** A thread of the JDK from its start to its end. It has no result. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int startAndAwaitJdk() throws Exception {
        return onVirtualThread(() -> {
            int[] sum = {0};
            for (int i = 0; i < BATCH; i++) {
                Thread.startVirtualThread(() -> sum[0]++).join();
            }
            return sum[0];
        });
    }

    /** A task in a group of a thousand. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int groupOfAThousandOurs(LoopUnderTest ours) throws Exception {
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

    /** A thousand threads of the JDK, each joined: no group, since StructuredTaskScope is a preview. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int groupOfAThousandJdk() throws Exception {
        return onVirtualThread(() -> {
            int[] sum = {0};
            List<Thread> threads = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                threads.add(Thread.startVirtualThread(() -> sum[0]++));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            return sum[0];
        });
    }
}
