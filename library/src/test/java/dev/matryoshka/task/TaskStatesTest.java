package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: a task answers rightly in each of its states, and goes from one to the next only as the table says.
 *
 * <p>Method: a task is brought into each state, then asked everything; the moves are tried all against all.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TaskStatesTest {
    private static final IOException FAILURE = new IOException("failed");

    @Test
    void theTableOfMovesIsExactlyTheDrawnOne() {
        Set<String> legal = Set.of(
                "PENDING RUNNING", "PENDING CANCELLED", "RUNNING SUCCEEDED", "RUNNING FAILED", "RUNNING CANCELLED");
        for (TaskState from : TaskState.values()) {
            for (TaskState to : TaskState.values()) {
                if (legal.contains(from + " " + to)) {
                    assertThat(from.to(to)).isEqualTo(to);
                } else {
                    assertThatThrownBy(() -> from.to(to))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining(from + " to " + to);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void aTaskAnswersRightlyInEachState(TaskState state) throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<String> task = in(state, rig);
            assertThat(task).hasToString("Task[subject, " + state + "]");
            boolean done = EnumSet.of(TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED)
                    .contains(state);
            assertThat(task.isDone()).isEqualTo(done);
            assertThat(task.isCancelled()).isEqualTo(state == TaskState.CANCELLED);
            assertThat(task.loop()).isSameAs(rig.loop);
            assertThat(task.name()).isEqualTo("subject");
            assertThat(task.thread().isVirtual()).isTrue();
            switch (state) {
                case PENDING, RUNNING -> assertThat(task.state()).isEqualTo(Future.State.RUNNING);
                case SUCCEEDED -> {
                    assertThat(task.state()).isEqualTo(Future.State.SUCCESS);
                    assertThat(task.get()).isEqualTo("result");
                    assertThat(task.get(0, TimeUnit.SECONDS)).isEqualTo("result");
                    assertThat(task.resultNow()).isEqualTo("result");
                    assertThat(task.await())
                            .as("no wait, so also outside a task")
                            .isEqualTo("result");
                }
                case FAILED -> {
                    assertThat(task.state()).isEqualTo(Future.State.FAILED);
                    assertThatThrownBy(task::get)
                            .isInstanceOf(ExecutionException.class)
                            .hasCause(FAILURE);
                    assertThatThrownBy(task::await).isSameAs(FAILURE);
                    assertThat(task.exceptionNow()).isSameAs(FAILURE);
                }
                case CANCELLED -> {
                    assertThat(task.state()).isEqualTo(Future.State.CANCELLED);
                    assertThatThrownBy(task::get)
                            .isInstanceOf(CancellationException.class)
                            .hasMessageContaining("subject");
                    assertThatThrownBy(task::await).isInstanceOf(CancellationException.class);
                }
            }
            assertThat(task.cancel()).as("cancel has somebody to cancel").isEqualTo(!done);
            assertThat(task.cancel(false)).isEqualTo(!done);
            rig.passes(3);
            if (done) {
                assertThat(task).hasToString("Task[subject, " + state + "]");
            } else {
                assertThat(task.isCancelled()).isTrue();
            }
        }
    }

    private static Task<String> in(TaskState state, LoopRig rig) {
        Task<String> task = Task.create(rig.loop, "subject", () -> switch (state) {
            case FAILED -> throw FAILURE;
            case RUNNING -> {
                Task.sleep(Duration.ofDays(1));
                yield "late";
            }
            default -> "result";
        });
        if (state == TaskState.CANCELLED) {
            task.cancel();
        }
        if (state != TaskState.PENDING) {
            rig.passes(1);
        }
        return task;
    }

    @Test
    void tasksWithoutANameAreNumbered() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Integer> first = Task.create(rig.loop, null, () -> 1);
            Task<Integer> second = Task.create(rig.loop, null, () -> 2);
            rig.passes(1);
            assertThat(first.name()).matches("task-\\d+").isNotEqualTo(second.name());
        }
    }

    @Proves(
            value = {"create_task", "run_until_complete"},
            ports = {"test_base_events.test_create_task", "test_events.test_run_until_complete"})
    @Test
    void awaitGivesWhatTheBodyReturnedNullIncluded() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<Object> results = new ArrayList<>();
            rig.run(() -> {
                results.add(Task.create(rig.loop, null, () -> 42).await());
                results.add(Task.<Object>create(rig.loop, null, () -> null).await());
                return null;
            });
            assertThat(results).containsExactly(42, null);
        }
    }

    @Test
    void awaitThrowsWhatTheBodyThrewItself() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (Throwable thrown : List.of(FAILURE, new AssertionError("wrong"), new StackOverflowError("deep"))) {
                rig.run(() -> {
                    Task<Void> task = Task.create(rig.loop, null, () -> sneak(thrown));
                    assertThatThrownBy(task::await).isSameAs(thrown);
                    assertThatThrownBy(task::get)
                            .isInstanceOf(ExecutionException.class)
                            .hasCause(thrown);
                    return null;
                });
            }
        }
    }

    @Test
    void aThrowableThatIsNeitherExceptionNorErrorIsNotTakenForSuccess() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Throwable odd = new Throwable("odd");
            rig.run(() -> {
                Task<Void> task = Task.create(rig.loop, null, () -> sneak(odd));
                assertThatThrownBy(task::await)
                        .isInstanceOf(ExecutionException.class)
                        .hasCause(odd);
                return null;
            });
        }
    }

    @Test
    void manyMayAwaitOneTask() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<Integer> results = new ArrayList<>();
            Task<Integer> slow = Task.create(rig.loop, null, () -> {
                Task.sleep(Duration.ofSeconds(1));
                return 7;
            });
            for (int i = 0; i < 100; i++) {
                Task.create(rig.loop, null, () -> results.add(slow.await()));
            }
            rig.run(() -> results.add(slow.get()));
            rig.passes(1);
            assertThat(results).hasSize(101).containsOnly(7);
        }
    }

    @Test
    void getWithATimeoutGivesTheResultOrTimesOut() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                Task<Integer> slow = Task.create(rig.loop, "slow", () -> {
                    Task.sleep(Duration.ofSeconds(10));
                    return 7;
                });
                long began = rig.loop.time();
                assertThatThrownBy(() -> slow.get(3, TimeUnit.SECONDS))
                        .isInstanceOf(TimeoutException.class)
                        .hasMessage("slow did not end within 3 SECONDS");
                assertThat(rig.loop.time() - began)
                        .isEqualTo(Duration.ofSeconds(3).toNanos());
                assertThatThrownBy(() -> slow.get(0, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
                assertThatThrownBy(() -> slow.get(-1, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);
                assertThat(slow.isDone()).as("it goes on").isFalse();
                assertThat(slow.get(Long.MAX_VALUE, TimeUnit.DAYS)).isEqualTo(7);
                assertThat(rig.engine.load().timers()).as("no timer is left").isZero();
                return null;
            });
        }
    }

    @Test
    void doneCallbacksRunOnTheLoopInTheirOrderAndNeverAtOnce() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<String> log = new ArrayList<>();
            rig.loop.callSoon(() -> {
                Task<Integer> task = Task.create(rig.loop, null, () -> {
                    log.add("body");
                    return 1;
                });
                task.addDoneCallback(done -> log.add("first " + done.isDone() + " " + Task.current()));
                task.addDoneCallback(done -> {
                    log.add("second");
                    done.addDoneCallback(again -> log.add("late"));
                    log.add("not called at once");
                });
            });
            rig.passes(1);
            assertThat(log).containsExactly("body");
            rig.passes(1);
            assertThat(log).containsExactly("body", "first true null", "second", "not called at once");
            rig.passes(1);
            assertThat(log).endsWith("late");
        }
    }

    @Test
    void aDoneCallbackThatThrowsIsReportedAndTheOthersRun() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<String> log = new ArrayList<>();
            Task<Integer> task = Task.create(rig.loop, null, () -> 1);
            task.addDoneCallback(done -> {
                throw new IllegalStateException("boom");
            });
            task.addDoneCallback(done -> log.add("second"));
            rig.passes(2);
            assertThat(log).containsExactly("second");
            assertThat(rig.reported())
                    .singleElement()
                    .satisfies(context -> assertThat(context.exception()).hasMessage("boom"));
        }
    }

    @Test
    void theCurrentTaskIsTheOneThatAsks() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<Object> seen = new ArrayList<>();
            assertThat(Task.current()).isNull();
            rig.loop.callSoon(() -> seen.add(Task.current()));
            Task<Void> task = Task.create(rig.loop, null, () -> {
                seen.add(Task.current());
                Task.yield();
                seen.add(Task.current());
                return null;
            });
            rig.passes(3);
            assertThat(seen).containsExactlyInAnyOrder(null, task, task);
        }
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> Void sneak(Throwable thrown) throws X {
        throw (X) thrown;
    }
}
