package dev.matryoshka.support;

import com.sun.management.ThreadMXBean;
import dev.matryoshka.engine.LoopCounters;
import dev.matryoshka.kernel.SystemCalls;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/**
 * What some work cost a loop, by counters: they have no noise, so a test can hold a path to an exact figure.
 *
 * @param calls system calls by kind
 * @param passes passes of the loop
 * @param switches continuations mounted on the loop's thread
 * @param callbacks ready, I/O and timer callbacks
 */
public record Spent(SystemCalls calls, long passes, long switches, long callbacks) {
    /** For the compiler to get its turn, on a machine that is busy with other things. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What is measured. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    /** In a task of the loop. */
    public static Spent by(TestLoop on, Work work) throws Exception {
        LoopCounters counters = on.engine.counters();
        SystemCalls calls = on.calls();
        long passes = counters.passes;
        long switches = on.engine.carrier().switches();
        long callbacks = counters.callbacks;
        work.run();
        return new Spent(
                on.calls().since(calls),
                counters.passes - passes,
                on.engine.carrier().switches() - switches,
                counters.callbacks - callbacks);
    }

    /**
     * In a task of the loop: bytes that its thread allocates for each of so many messages. Before the compiler has seen the whole
     * path it leaves objects that it removes later, and when that is depends on how busy the machine is. So rounds go on until one is
     * good enough, or patience has an end; a path that allocates does so in every round.
     *
     * @param enough what ends the measurement, when a round has less
     * @return the least of all rounds
     */
    public static double bytesPerMessage(TestLoop on, int messages, double enough, Work work) throws Exception {
        double least = Double.MAX_VALUE;
        long began = System.nanoTime();
        while (least >= enough && System.nanoTime() - began < PATIENCE_NANOS) {
            least = Math.min(least, bytesPerMessageIn(1, on, messages, work));
        }
        return least;
    }

    /** The least of so many rounds, where nobody knows what would be good enough. */
    public static double bytesPerMessageIn(int rounds, TestLoop on, int messages, Work work) throws Exception {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < rounds; round++) {
            long before = THREADS.getThreadAllocatedBytes(on.carrierId());
            work.run();
            least = Math.min(least, THREADS.getThreadAllocatedBytes(on.carrierId()) - before);
        }
        return least / (double) messages;
    }
}
