package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Tasks.ReturnWhen;
import dev.matryoshka.task.Tasks.Waited;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: waiting for several tasks tells the right ones at the right moment, cancels what it says it cancels, and leaves nothing
 * behind. Method: tasks that sleep on a virtual clock, fail, are cancelled or refuse to be.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TasksTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    @Proves(
            value = "wait",
            ports = {
                "test_tasks.test_wait",
                "test_tasks.test_wait_duplicate_coroutines",
                "test_tasks.test_wait_with_iterator_of_tasks"
            })
    void waitReturnsWhenAllHaveEndedInTheOrderOfTheirEnds() throws Exception {
        in(rig -> {
            Task<Integer> slow = after(rig, 3, () -> 3);
            Task<Integer> quick = after(rig, 1, () -> 1);
            Waited<Task<Integer>> waited = Tasks.wait(List.of(slow, quick, slow), ReturnWhen.ALL_COMPLETED);
            assertThat(waited.done()).containsExactly(quick, slow);
            assertThat(waited.pending()).isEmpty();
            assertThat(seconds(rig)).isEqualTo(3);
            assertThat(slow.resultNow()).isEqualTo(3);
        });
    }

    @Test
    @Proves(
            value = "wait",
            ports = {"test_tasks.test_wait_first_completed", "test_tasks.test_wait_really_done"})
    void waitForTheFirstReturnsWithItAndLeavesTheOthersRunning() throws Exception {
        in(rig -> {
            Task<Integer> slow = after(rig, 3, () -> 3);
            Task<Integer> quick = after(rig, 1, () -> 1);
            Waited<Task<Integer>> waited = Tasks.wait(List.of(slow, quick), ReturnWhen.FIRST_COMPLETED);
            assertThat(waited.done()).containsExactly(quick);
            assertThat(waited.pending()).containsExactly(slow);
            assertThat(slow.await()).isEqualTo(3);
            assertThat(Tasks.wait(List.of(slow, quick), ReturnWhen.FIRST_COMPLETED)
                            .done())
                    .as("both had ended before")
                    .containsExactly(slow, quick);
        });
    }

    @Test
    @Proves(
            value = "wait",
            ports = {
                "test_tasks.test_wait_first_exception",
                "test_tasks.test_wait_first_exception_in_wait",
                "test_tasks.test_wait_with_exception"
            })
    void waitForTheFirstFailureTakesNoCancelForOne() throws Exception {
        in(rig -> {
            Task<Integer> cancelled = after(rig, 9, () -> 0);
            Task<Integer> fine = after(rig, 1, () -> 1);
            Task<Integer> failing = after(rig, 2, () -> {
                throw new IOException("two");
            });
            Task<Integer> slow = after(rig, 3, () -> 3);
            cancelled.cancel();
            Waited<Task<Integer>> waited =
                    Tasks.wait(List.of(cancelled, fine, failing, slow), ReturnWhen.FIRST_EXCEPTION);
            assertThat(waited.done()).containsExactly(cancelled, fine, failing);
            assertThat(waited.pending()).containsExactly(slow);
            assertThat(failing.exceptionNow()).hasMessage("two");
            assertThat(Tasks.wait(List.of(cancelled, fine, slow), ReturnWhen.FIRST_EXCEPTION)
                            .pending())
                    .as("none fails, so all have ended")
                    .isEmpty();
        });
    }

    @Test
    @Proves(
            value = "wait",
            ports = {"test_tasks.test_wait_with_timeout", "test_tasks.test_wait_concurrent_complete"})
    void waitWithALimitTellsWhatIsThereAndCancelsNothing() throws Exception {
        in(rig -> {
            Task<Integer> slow = after(rig, 3, () -> 3);
            Task<Integer> quick = after(rig, 1, () -> 1);
            Waited<Task<Integer>> waited =
                    Tasks.wait(List.of(slow, quick), ReturnWhen.ALL_COMPLETED, Duration.ofSeconds(2));
            assertThat(waited.done()).containsExactly(quick);
            assertThat(waited.pending()).containsExactly(slow);
            assertThat(seconds(rig)).isEqualTo(2);
            assertThat(Tasks.wait(List.of(slow), ReturnWhen.ALL_COMPLETED, Duration.ZERO)
                            .done())
                    .isEmpty();
            assertThat(slow.await()).isEqualTo(3);
        });
    }

    @Test
    @Proves(
            value = "wait",
            ports = {"test_tasks.test_wait_errors", "test_tasks.test_wait_invalid_args"})
    void waitRefusesWhatItCannotWaitFor() throws Exception {
        in(rig -> {
            assertThatThrownBy(() -> Tasks.wait(List.<Task<?>>of(), ReturnWhen.ALL_COMPLETED))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("wait: no tasks");
            Task<?> self = Task.current();
            assertThatThrownBy(() -> Tasks.wait(List.of(self), ReturnWhen.ALL_COMPLETED))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("itself");
        });
        try (LoopRig rig = LoopRig.onVirtualTime();
                LoopRig other = LoopRig.onVirtualTime()) {
            Task<Integer> foreign = Task.create(other.loop, "foreign", () -> 1);
            other.passes(1);
            rig.run(() -> {
                assertThatThrownBy(() -> Tasks.gather(foreign))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("another loop");
                return null;
            });
        }
    }

    @Test
    @Proves(value = "wait", ports = "test_tasks.test_yield_wait_does_not_shield_cancel")
    void whoIsCancelledInAWaitLeavesTheTasksAlone() throws Exception {
        in(rig -> {
            Task<Integer> slow = after(rig, 3, () -> 3);
            Task<?> waiting =
                    Task.create(rig.loop, "waiting", () -> Tasks.wait(List.of(slow), ReturnWhen.ALL_COMPLETED));
            Task.yield();
            waiting.cancel();
            assertThatThrownBy(waiting::get).isInstanceOf(CancellationException.class);
            assertThat(slow.await()).isEqualTo(3);
        });
    }

    @Test
    @Proves(
            value = "gather",
            ports = {"test_tasks.test_gather_shield", "test_tasks.test_shield_gather"})
    void gatherCollectsInTheOrderOfTheTasks() throws Exception {
        in(rig -> {
            Task<Integer> slow = after(rig, 3, () -> 3);
            Task<Integer> nothing = after(rig, 1, () -> null);
            assertThat(Tasks.<Integer>gather(slow, nothing, slow)).isEqualTo(Arrays.asList(3, null, 3));
            assertThat(Tasks.<Integer>gather(List.of())).isEmpty();
        });
    }

    @Test
    @Proves("gather")
    void gatherThrowsTheFirstFailureAtOnceAndTheOthersGoOn() throws Exception {
        in(rig -> {
            Task<Integer> slow = after(rig, 3, () -> 3);
            Task<Integer> alsoFailing = after(rig, 4, () -> {
                throw new IOException("never reported, since the first failure spoke for all");
            });
            Task<Integer> failing = after(rig, 1, () -> {
                throw new IOException("one");
            });
            assertThatThrownBy(() -> Tasks.gather(slow, alsoFailing, failing)).hasMessage("one");
            assertThat(seconds(rig)).isEqualTo(1);
            assertThat(slow.await()).isEqualTo(3);
            assertThatThrownBy(alsoFailing::await).isInstanceOf(IOException.class);
            Task<Integer> cancelled = after(rig, 9, () -> 0);
            cancelled.cancel();
            assertThatThrownBy(() -> Tasks.gather(slow, cancelled)).isInstanceOf(CancellationException.class);
        });
    }

    @Test
    @Proves(
            value = "gather",
            ports = {
                "test_tasks.test_cancel_gather_1",
                "test_tasks.test_cancel_gather_2",
                "test_tasks.test_one_cancellation",
                "test_tasks.test_cancellation_broadcast"
            })
    void cancellingWhoGathersCancelsAllAndWaitsForThem() throws Exception {
        in(rig -> {
            List<String> ended = new ArrayList<>();
            Task<Integer> slowToEnd = Task.create(rig.loop, "slow-to-end", () -> {
                try {
                    Task.sleep(Duration.ofDays(1));
                } finally {
                    Task.sleep(SECOND);
                    ended.add("slow-to-end");
                }
                return 1;
            });
            Task<Integer> other = after(rig, 9, () -> 2);
            Task<?> gathering = Task.create(rig.loop, "gathering", () -> {
                try {
                    return Tasks.gather(slowToEnd, other);
                } finally {
                    ended.add("gathering");
                }
            });
            Task.yield();
            gathering.cancel();
            assertThatThrownBy(gathering::await).isInstanceOf(CancellationException.class);
            assertThat(ended).containsExactly("slow-to-end", "gathering");
            assertThat(other.isCancelled()).isTrue();
        });
    }

    @Test
    @Proves(
            value = "wait_for",
            ports = {
                "test_waitfor.test_wait_for",
                "test_waitfor.test_wait_for_blocking",
                "test_waitfor.test_asyncio_wait_for_timeout",
                "test_waitfor.test_wait_for_waits_for_task_cancellation"
            })
    void waitForCancelsATaskThatIsLateAndWaitsForItsEnd() throws Exception {
        in(rig -> {
            assertThat(Tasks.waitFor(after(rig, 1, () -> 1), Duration.ofSeconds(2)))
                    .isEqualTo(1);
            assertThat(Tasks.waitFor(after(rig, 1, () -> 1), null)).isEqualTo(1);
            Task<Integer> late = Task.create(rig.loop, "late", () -> {
                try {
                    Task.sleep(Duration.ofDays(1));
                } finally {
                    Task.sleep(SECOND);
                }
                return 1;
            });
            assertThatThrownBy(() -> Tasks.waitFor(late, SECOND)).isInstanceOf(TimeoutException.class);
            assertThat(late.isCancelled()).isTrue();
            assertThat(seconds(rig))
                    .as("two, then the limit, then the end of the task")
                    .isEqualTo(4);
        });
    }

    @Test
    @Proves(
            value = "wait_for",
            ports = {
                "test_waitfor.test_wait_for_timeout_less_then_0_or_0_future_done",
                "test_waitfor.test_wait_for_timeout_less_then_0_or_0_coroutine_do_not_started",
                "test_waitfor.test_wait_for_timeout_less_then_0_or_0",
                "test_waitfor.test_wait_for_waits_for_task_cancellation_w_timeout_0"
            })
    void waitForNoTimeTakesAResultThatIsThereAndCancelsElse() throws Exception {
        in(rig -> {
            for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
                Task<Integer> done = Task.create(rig.loop, null, () -> 1);
                Task.yield();
                assertThat(Tasks.waitFor(done, none)).isEqualTo(1);
                boolean[] begun = new boolean[1];
                Task<Integer> fresh = Task.create(rig.loop, null, () -> {
                    begun[0] = true;
                    return 1;
                });
                assertThatThrownBy(() -> Tasks.waitFor(fresh, none)).isInstanceOf(TimeoutException.class);
                assertThat(begun[0]).isFalse();
                Task<Integer> begunTask = after(rig, 9, () -> 1);
                Task.yield();
                assertThatThrownBy(() -> Tasks.waitFor(begunTask, none)).isInstanceOf(TimeoutException.class);
                assertThat(begunTask.isCancelled()).isTrue();
            }
        });
    }

    @Test
    @Proves(
            value = "wait_for",
            ports = {
                "test_waitfor.test_wait_for_reraises_exception_during_cancellation",
                "test_waitfor.test_wait_for_race_condition",
                "test_waitfor.test_wait_for_self_cancellation"
            })
    void aResultOrAFailureOnTheWayOutGoesBeforeTheTimeout() throws Exception {
        in(rig -> {
            Task<Integer> stubborn = onCancel(rig, () -> 7);
            assertThat(Tasks.waitFor(stubborn, SECOND)).isEqualTo(7);
            Task<Integer> failing = onCancel(rig, () -> {
                throw new IOException("on the way out");
            });
            assertThatThrownBy(() -> Tasks.waitFor(failing, SECOND)).hasMessage("on the way out");
            assertThat(Tasks.waitFor(onCancel(rig, () -> 8), Duration.ZERO)).isEqualTo(8);
            Task<Integer> cancelled = after(rig, 9, () -> 1);
            cancelled.cancel();
            assertThatThrownBy(() -> Tasks.waitFor(cancelled, SECOND)).isInstanceOf(CancellationException.class);
        });
    }

    @Test
    @Proves(
            value = "wait_for",
            ports = {
                "test_waitfor.test_asyncio_wait_for_cancelled",
                "test_waitfor.test_cancel_wait_for",
                "test_waitfor.test_cancel_blocking_wait_for",
                "test_waitfor.test_wait_for_cancellation_race_condition"
            })
    void cancellingWhoWaitsForATaskCancelsItToo() throws Exception {
        for (Duration limit : new Duration[] {null, Duration.ofDays(1)}) {
            in(rig -> {
                Task<Integer> slow = after(rig, 9, () -> 1);
                Task<Integer> waiting = Task.create(rig.loop, null, () -> Tasks.waitFor(slow, limit));
                Task.yield();
                waiting.cancel();
                assertThatThrownBy(waiting::await).isInstanceOf(CancellationException.class);
                assertThat(slow.isCancelled()).isTrue();
                assertThat(seconds(rig)).isZero();
            });
        }
    }

    @Test
    @Proves(
            value = "shield",
            ports = {
                "test_tasks.test_shield_result",
                "test_tasks.test_shield_exception",
                "test_tasks.test_shield_cancel_inner",
                "test_tasks.test_shield_cancel_outer",
                "test_tasks.test_shield_effect"
            })
    void awaitIsAShieldAlreadyAlsoUnderATimeout() throws Exception {
        in(rig -> {
            Task<Integer> work = after(rig, 2, () -> 1);
            assertThatThrownBy(() -> dev.matryoshka.task.Timeout.within(SECOND, work::await))
                    .isInstanceOf(TimeoutException.class);
            assertThat(work.await()).isEqualTo(1);
        });
    }

    @Test
    @Proves(
            value = "as_completed",
            ports = {
                "test_tasks.test_as_completed",
                "test_tasks.test_as_completed_reverse_wait",
                "test_tasks.test_as_completed_concurrent",
                "test_tasks.test_as_completed_duplicate_coroutines"
            })
    void asCompletedGivesEachTaskOnceInTheOrderOfTheEnds() throws Exception {
        in(rig -> {
            Task<Integer> third = after(rig, 3, () -> 3);
            Task<Integer> first = after(rig, 1, () -> 1);
            Task<Integer> second = after(rig, 2, () -> {
                throw new IOException("second");
            });
            Completions<Task<Integer>> completions = Tasks.asCompleted(List.of(third, first, second, first));
            List<Task<Integer>> order = new ArrayList<>();
            while (completions.hasNext()) {
                order.add(completions.next());
            }
            assertThat(order).containsExactly(first, second, third);
            assertThatThrownBy(second::await).hasMessage("second");
            assertThatThrownBy(completions::next).isInstanceOf(java.util.NoSuchElementException.class);
            assertThat(Tasks.asCompleted(List.<Task<Integer>>of()).hasNext()).isFalse();
        });
    }

    @Test
    @Proves(
            value = "as_completed",
            ports = {"test_tasks.test_as_completed_with_timeout", "test_tasks.test_as_completed_with_unused_timeout"})
    void aTimeoutAroundAsCompletedLosesNoTask() throws Exception {
        in(rig -> {
            Task<Integer> slow = after(rig, 3, () -> 3);
            Task<Integer> quick = after(rig, 1, () -> 1);
            Completions<Task<Integer>> completions = Tasks.asCompleted(List.of(slow, quick));
            assertThat(dev.matryoshka.task.Timeout.within(SECOND.multipliedBy(2), completions::next))
                    .isSameAs(quick);
            assertThatThrownBy(() -> dev.matryoshka.task.Timeout.within(SECOND, completions::next))
                    .isInstanceOf(TimeoutException.class);
            assertThat(completions.hasNext()).isTrue();
            assertThat(completions.next()).isSameAs(slow);
        });
    }

    @Test
    void manyEndsInOnePassAreOneWakeUp() throws Exception {
        in(rig -> {
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                int number = i;
                tasks.add(after(rig, 1, () -> number));
            }
            Task.yield();
            long before = rig.engine.carrier().switches();
            assertThat(Tasks.gather(tasks)).hasSize(1000).endsWith(999);
            assertThat(rig.engine.carrier().switches() - before)
                    .as("each task once, the loop task and the one that gathers a few times")
                    .isLessThan(1010);
        });
    }

    private interface Body {
        void run(LoopRig rig) throws Exception;
    }

    private static void in(Body body) throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            begun = rig.loop.time();
            rig.run(() -> {
                body.run(rig);
                return null;
            });
            rig.passes(2);
        }
    }

    private static long begun;

    private static long seconds(LoopRig rig) {
        return Duration.ofNanos(rig.loop.time() - begun).toSeconds();
    }

    private static <T> Task<T> after(LoopRig rig, int seconds, Callable<T> body) {
        return Task.create(rig.loop, null, () -> {
            Task.sleep(Duration.ofSeconds(seconds));
            return body.call();
        });
    }

    /** Does not end when it is cancelled, but answers. */
    private static <T> Task<T> onCancel(LoopRig rig, Callable<T> answer) throws InterruptedException {
        Task<T> task = Task.create(rig.loop, null, () -> {
            try {
                Task.sleep(Duration.ofDays(1));
            } catch (InterruptedException cancelled) {
                return answer.call();
            }
            throw new AssertionError("not cancelled");
        });
        Task.yield();
        return task;
    }
}
