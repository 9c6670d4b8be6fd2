package dev.matryoshka.guards;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.Handle;
import dev.matryoshka.regression.ForkedJvm;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a post whose handle nobody keeps allocates its share of a chunk, and nothing else.
 *
 * <p>Method: bytes that the poster allocates per post, the least of many rounds: until the compiler has come to it a handle is made.
 * In a JVM of its own, since the compiler leaves out what it can put into its caller, and what else ran before decides about that.
 */
class PostCostTest {
    /** A reference, and of a chunk's headers and links its share: 64 bytes for 256 places. */
    private static final double PLACE_BYTES = 4 + 64.0 / 256;

    @Test
    @Timeout(180)
    void aPostWhoseHandleNobodyKeepsAllocatesItsPlaceOnly() throws Exception {
        String[] printed = ForkedJvm.run(
                        Posts.class, ForkedJvm.ADD_OPENS, ForkedJvm.NATIVE_ACCESS, "-XX:TieredStopAtLevel=4")
                .lines()
                .filter(line -> line.startsWith(Posts.ANSWER)) // beside it what a busy machine makes slow is told
                .findFirst()
                .orElseThrow()
                .substring(Posts.ANSWER.length())
                .split(" ");
        assertThat(Double.parseDouble(printed[0])).as("bytes a post, ignored").isBetween(4.0, PLACE_BYTES);
        assertThat(Double.parseDouble(printed[1]))
                .as("bytes a post, kept: what is counted is what it seems")
                .isGreaterThanOrEqualTo(4.0 + 16);
    }

    static final class Posts {
        static final String ANSWER = "bytes: ";

        private static final int CALLS = 10_000;

        /** For the compiler to get its turn, on a machine that is busy with other things. */
        private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

        private static final Runnable NOTHING = () -> {};
        private static @Nullable Handle kept;

        private Posts() {}

        public static void main(String[] arguments) {
            try (EventLoop loop = EventLoop.open()) {
                double ignored = leastBytesPerCall(loop, PLACE_BYTES, () -> loop.callSoonThreadsafe(NOTHING));
                double held = leastBytesPerCall(loop, Double.MAX_VALUE, () -> kept = loop.callSoonThreadsafe(NOTHING));
                System.out.println(ANSWER + String.format(Locale.ROOT, "%.3f %.3f", ignored, held));
            }
        }

        /** @param enough what ends it */
        private static double leastBytesPerCall(EventLoop loop, double enough, Runnable call) {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            double least = Double.MAX_VALUE;
            long end = System.nanoTime() + PATIENCE_NANOS;
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < CALLS; i++) {
                    call.run();
                }
                least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / (double) CALLS);
                loop.stop();
                loop.runForever();
            } while (least > enough && System.nanoTime() - end < 0);
            return least;
        }
    }
}
