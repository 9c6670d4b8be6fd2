package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.matryoshka.engine.LogCapture;
import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.engine.ScriptedKernel;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal (hazard 3): the scheduler never rejects, not even after its loop was closed. The rejection would surface in whoever
 * calls unpark, and strand the thread.
 *
 * <p>Method: threads that outlive their loop, in each state: parked, not yet started, and a task that does not listen to its
 * cancel. After the close they are unparked or started, and must end.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HazardSchedulerTest {
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    @Test
    void aThreadThatIsParkedWhenItsLoopIsClosedCanBeUnparkedAndEnds() throws Exception {
        Thread[] stranded = new Thread[1];
        Loop loop = closedAfter(() -> {
            stranded[0] = Thread.startVirtualThread(() -> {
                LockSupport.park();
                log.add("went on");
                Thread.yield();
                log.add("and on");
            });
            return null;
        });
        assertThat(stranded[0].getState()).isEqualTo(Thread.State.WAITING);
        assertThatCode(() -> LockSupport.unpark(stranded[0])).doesNotThrowAnyException();
        assertThat(stranded[0].join(Duration.ofSeconds(30))).isTrue();
        assertThat(log).containsExactly("went on", "and on");
        assertThat(loop.isClosed()).isTrue();
    }

    @Test
    void aThreadThatWasMadeOnTheLoopCanBeStartedAfterItsEnd() throws Exception {
        Thread[] unstarted = new Thread[1];
        closedAfter(() -> unstarted[0] = Thread.ofVirtual().unstarted(() -> log.add("ran")));
        unstarted[0].start();
        assertThat(unstarted[0].join(Duration.ofSeconds(30))).isTrue();
        assertThat(log).containsExactly("ran");
    }

    @Test
    void aTimedWaitOfTheJdkThatEndsAfterTheLoopEndsItsThread() throws Exception {
        Thread[] sleeper = new Thread[1];
        closedAfter(() -> sleeper[0] = Thread.startVirtualThread(() -> {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            log.add("woke");
        }));
        assertThat(sleeper[0].join(Duration.ofSeconds(30))).isTrue();
        assertThat(log).containsExactly("woke");
    }

    @Test
    void aTaskThatDoesNotListenIsLeftBehindAndReportedAndEndsLater() throws Exception {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop")) {
            CountDownLatch release = new CountDownLatch(1);
            Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
            Task<String> stubborn = Task.create(loop, "stubborn", () -> {
                while (true) {
                    try {
                        release.await();
                        break;
                    } catch (InterruptedException ignored) {
                        log.add("ignored");
                    }
                }
                try {
                    loop.callSoon(() -> {});
                } catch (LoopClosedException closed) {
                    log.add("closed");
                }
                return "ended";
            });
            loop.stop();
            loop.runForever();
            loop.close();
            assertThat(records.taken())
                    .singleElement()
                    .satisfies(told -> assertThat(told.getMessage())
                            .contains("Task did not end when it was cancelled")
                            .contains("stubborn"));
            assertThat(stubborn.isDone()).isFalse();
            release.countDown();
            assertThat(stubborn.get(30, TimeUnit.SECONDS)).isEqualTo("ended");
            assertThat(log).containsExactly("ignored", "closed");
        }
    }

    @Test
    void manyThreadsThatOutliveTheirLoopsAllEnd() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            closedAfter(() -> {
                for (int i = 0; i < 50; i++) {
                    threads.add(Thread.startVirtualThread(() -> {
                        LockSupport.park();
                        Thread.yield();
                        LockSupport.parkNanos(1);
                    }));
                }
                return null;
            });
        }
        threads.forEach(LockSupport::unpark);
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
        }
    }

    /** Runs a body in a task, lets what it started come to its wait, and closes the loop. */
    private static Loop closedAfter(java.util.concurrent.Callable<?> body) {
        Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
        Task<?> task = Task.create(loop, null, body);
        for (int i = 0; i < 3; i++) {
            loop.stop();
            loop.runForever();
        }
        assertThat(task.isDone()).isTrue();
        loop.close();
        return loop;
    }
}
