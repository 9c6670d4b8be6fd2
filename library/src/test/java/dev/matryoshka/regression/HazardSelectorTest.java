package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal (hazard 6): a Selector is polled by the platform thread itself. On a virtual thread the JDK would turn the wait into
 * a park, and hop through its own poller for each.
 *
 * <p>Method: the stack of the platform thread while its loop sleeps.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HazardSelectorTest {
    @Test
    void theSelectorIsPolledOnThePlatformThread() throws Exception {
        assertThat(stackOfASleepingLoop("nio", "select"))
                .anyMatch(frame -> frame.getClassName().startsWith("sun.nio.ch."))
                .anyMatch(frame -> frame.getClassName().equals("dev.matryoshka.engine.Carrier")
                        && frame.getMethodName().equals("carryOn"))
                .noneMatch(frame -> frame.getClassName().equals("java.lang.VirtualThread"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll"})
    void theLoopWakesFromItsOwnTimersWithoutAWakeup(String kernel) throws Exception {
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withKernel(kernel))) {
            loop.runUntilComplete(loop.createTask("main", () -> {
                for (int i = 0; i < 5; i++) {
                    Task.sleep(Duration.ofMillis(1));
                }
                return null;
            }));
            assertThat(dev.matryoshka.engine.Engines.of(loop).kernel().systemCalls().wakeup)
                    .isZero();
        }
    }

    private static StackTraceElement[] stackOfASleepingLoop(String kernel, String method) throws Exception {
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withKernel(kernel))) {
            Thread platform = Thread.currentThread();
            StackTraceElement[][] seen = new StackTraceElement[1][];
            Thread observer = Thread.ofPlatform().start(() -> {
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
                do {
                    seen[0] = platform.getStackTrace();
                } while (Arrays.stream(seen[0])
                                .noneMatch(frame -> frame.getMethodName().contains(method))
                        && System.nanoTime() < deadline);
                loop.stop();
            });
            loop.runForever();
            observer.join();
            return seen[0];
        }
    }
}
