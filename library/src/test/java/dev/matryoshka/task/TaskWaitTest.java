package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.engine.ScriptedKernel;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.loop.WrongThreadException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: who may wait waits, on the loop's own clock; who may not is told at once, and the loop is never stuck.
 *
 * <p>Method: every method that parks, called from a task, a callback, a foreign thread and another loop; then sleep and
 * yield on virtual time; then chains and crowds.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TaskWaitTest {
    private static final Duration LONG = Duration.ofDays(1);

    private final List<String> log = new ArrayList<>();

    private static List<Callable<?>> parking(Task<?> pending) {
        return List.of(
                pending::await,
                pending::get,
                () -> pending.get(1, TimeUnit.DAYS),
                () -> {
                    Task.sleep(LONG);
                    return null;
                },
                () -> {
                    Task.yield();
                    return null;
                },
                () -> {
                    TaskGroup.run(group -> {});
                    return null;
                },
                () -> dev.matryoshka.task.Timeout.within(LONG, () -> 1));
    }

    @Test
    void aCallbackThatWouldParkFailsAtOnceAndTheLoopLivesOn() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> pending = sleeper(rig.loop);
            List<Callable<?>> calls = parking(pending);
            rig.loop.callSoon(() -> {
                for (int i = 0; i < calls.size(); i++) {
                    assertThatThrownBy(calls.get(i)::call)
                            .as("call %d", i)
                            .isExactlyInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("callback")
                            .hasMessageContaining("createTask");
                }
                log.add("checked");
            });
            rig.passes(1);
            assertThat(log).containsExactly("checked");
            assertThat(rig.reported()).isEmpty();
        }
    }

    @Test
    void aThreadThatIsNoTaskIsToldSo() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> pending = sleeper(rig.loop);
            rig.passes(1);
            FutureTask<Void> foreign = new FutureTask<>(() -> {
                assertThatThrownBy(pending::await)
                        .isInstanceOf(WrongThreadException.class)
                        .hasMessageContaining("submit");
                assertThatThrownBy(() -> Task.sleep(LONG))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("needs a task");
                assertThatThrownBy(Task::yield).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> TaskGroup.run(group -> {})).isInstanceOf(IllegalStateException.class);
                return null;
            });
            Thread.ofPlatform().start(foreign);
            foreign.get();
        }
    }

    @Test
    void aTaskOfAnotherLoopMayNotAwait() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> pending = sleeper(rig.loop);
            rig.passes(1);
            FutureTask<Void> elsewhere = new FutureTask<>(() -> {
                Loop other = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
                Task<Void> task = Task.create(other, null, () -> {
                    assertThatThrownBy(pending::await).isInstanceOf(WrongThreadException.class);
                    return null;
                });
                other.stop();
                other.runForever();
                other.close();
                return task.get();
            });
            Thread.ofPlatform().start(elsewhere);
            elsewhere.get();
        }
    }

    @Test
    void aTaskCannotAwaitItself() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, "narcissus", () -> {
                Task<?> self = Task.current();
                assertThatThrownBy(self::await)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("a task cannot await itself: narcissus");
                assertThatThrownBy(self::get).isInstanceOf(IllegalStateException.class);
                return null;
            });
            rig.passes(1);
            assertThat(task.resultNow()).isNull();
        }
    }

    @Test
    void aForeignThreadMayGetAndBlocksUntilTheEnd() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            Task<Integer> ok = Task.create(rig.loop, null, () -> {
                Task.sleep(Duration.ofMillis(5));
                return 5;
            });
            Task<Integer> failed = Task.create(rig.loop, null, () -> {
                Task.sleep(Duration.ofMillis(6));
                throw new IllegalArgumentException("bad");
            });
            Task<Void> endless = sleeper(rig.loop);
            FutureTask<Void> foreign = new FutureTask<>(() -> {
                assertThat(ok.get()).isEqualTo(5);
                assertThat(ok.get(1, TimeUnit.SECONDS)).isEqualTo(5);
                assertThatThrownBy(failed::get)
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("bad");
                assertThatThrownBy(() -> endless.get(1, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
                endless.cancel();
                assertThatThrownBy(endless::get).isInstanceOf(CancellationException.class);
                rig.loop.stop();
                return null;
            });
            Thread.ofPlatform().start(foreign);
            rig.loop.runForever();
            foreign.get();
        }
    }

    @Test
    void sleepingTakesItsTimeOnTheLoopsClockAndNoOther() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            long began = rig.loop.time();
            long realBegan = System.nanoTime();
            rig.run(() -> {
                Task.sleep(Duration.ofDays(1_000));
                return null;
            });
            assertThat(rig.loop.time() - began).isEqualTo(Duration.ofDays(1_000).toNanos());
            assertThat(System.nanoTime() - realBegan).isLessThan(TimeUnit.SECONDS.toNanos(30));
        }
    }

    @Test
    void sleepingForNothingLetsTheOthersRunOnce() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (Duration nothing :
                    List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                log.clear();
                Task<Void> other = Task.create(rig.loop, null, () -> {
                    for (int i = 0; i < 3; i++) {
                        log.add("other");
                        Task.yield();
                    }
                    return null;
                });
                rig.run(() -> {
                    for (int i = 0; i < 3; i++) {
                        log.add("main");
                        Task.sleep(nothing);
                    }
                    return other.await();
                });
                assertThat(log).containsExactly("other", "main", "other", "main", "other", "main");
            }
            assertThat(rig.kernel.waits).as("nobody slept").hasValue(0);
        }
    }

    @Test
    void aSleepThatIsLongerThanALongCanSayIsForEver() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                Task.sleep(Duration.ofSeconds(Long.MAX_VALUE));
                return null;
            });
            rig.run(() -> {
                Task.sleep(Duration.ofDays(10_000));
                return null;
            });
            assertThat(task.isDone()).isFalse();
        }
    }

    @Test
    void tenThousandTasksSleepAndEnd() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            int[] ended = new int[1];
            rig.run(() -> {
                TaskGroup.run(group -> {
                    for (int i = 0; i < 10_000; i++) {
                        int millis = i % 100;
                        group.createTask(() -> {
                            Task.sleep(Duration.ofMillis(millis));
                            ended[0]++;
                        });
                    }
                });
                return null;
            });
            assertThat(ended[0]).isEqualTo(10_000);
        }
    }

    @Test
    void aChainOfTenThousandTasksThatAwaitEachOtherNeedsNoDeepStack() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            int length = 10_000;
            int last = rig.run(() -> {
                Task<Integer> before = Task.create(rig.loop, null, () -> {
                    Task.yield();
                    return 0;
                });
                for (int i = 0; i < length; i++) {
                    Task<Integer> awaited = before;
                    before = Task.create(rig.loop, null, () -> awaited.await() + 1);
                }
                return before.await();
            });
            assertThat(last).isEqualTo(length);
        }
    }

    @Test
    void aTaskThatStartsATaskThatStartsATaskEndsThemAll() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            assertThat(rig.<Integer>run(() -> nested(rig.loop, 2_000))).isEqualTo(2_000);
        }
    }

    private static int nested(Loop loop, int depth) throws Exception {
        return depth == 0
                ? 0
                : Task.create(loop, null, () -> nested(loop, depth - 1)).await() + 1;
    }

    private static Task<Void> sleeper(Loop loop) {
        return Task.create(loop, null, () -> {
            Task.sleep(LONG);
            return null;
        });
    }
}
