package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.LogCapture;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal (hazard 5): nobody compensates for a task that blocks its loop, so it has to be seen, like a callback that does; and
 * runInExecutor is the way out.
 *
 * <p>Method: real work of 30 ms against a limit of 20, in a callback and in a task; in the executor work that can end only if the loop goes on.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HazardBlockingTest {
    private static final LoopOptions WATCHED =
            LoopOptions.defaults().withSlowCallback(Duration.ofMillis(20)).withDebug(true);

    @Test
    void aCallbackAndATaskThatBlockAreNamed() throws Exception {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                EventLoop loop = EventLoop.open(WATCHED)) {
            loop.runUntilComplete(loop.createTask("the-blocker", () -> {
                Task.yield();
                block();
                Task.yield();
                loop.callSoon(HazardBlockingTest::block);
                Task.yield();
                Task.yield();
                return null;
            }));
            assertThat(messages(records))
                    .anySatisfy(message -> assertThat(message).contains("task the-blocker took"))
                    .anySatisfy(
                            message -> assertThat(message).contains("Handle[").contains("HazardBlockingTest"));
        }
    }

    @Test
    void blockingWorkInTheExecutorDoesNotHoldTheLoop() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch opened = new CountDownLatch(1);
            int result = loop.runUntilComplete(loop.createTask("main", () -> {
                CompletableFuture<Integer> work = loop.runInExecutor(() -> {
                    opened.await(); // for ever, if it held the loop
                    return 42;
                });
                loop.callLater(Duration.ofMillis(1), opened::countDown);
                return work.get();
            }));
            assertThat(result).isEqualTo(42);
        }
    }

    private static void block() {
        long until = System.nanoTime() + Duration.ofMillis(30).toNanos();
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    private static List<String> messages(LogCapture records) {
        return records.taken().stream().map(LogRecord::getMessage).toList();
    }
}
