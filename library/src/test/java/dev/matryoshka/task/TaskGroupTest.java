package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: no task outlives its group, the first failure ends the others and is thrown, and no cancel is lost or made up.
 *
 * <p>Method: asyncio's test_taskgroups, as far as they apply, on virtual time.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TaskGroupTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofDays(1);

    private final List<String> log = new ArrayList<>();

    @Proves(value = "TaskGroup", ports = "test_taskgroups.test_taskgroup_01")
    @Test
    void theScopeIsLeftWhenAllTasksHaveEnded() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            int sum = rig.run(() -> {
                List<Task<Integer>> tasks = new ArrayList<>();
                String result = TaskGroup.call(group -> {
                    for (int i = 1; i <= 3; i++) {
                        int value = i;
                        tasks.add(group.createTask(() -> {
                            Task.sleep(SECOND.multipliedBy(value));
                            return value;
                        }));
                    }
                    return "body";
                });
                assertThat(result).isEqualTo("body");
                return tasks.stream().mapToInt(Task::resultNow).sum();
            });
            assertThat(sum).isEqualTo(6);
        }
    }

    @Test
    void aGroupWithoutTasksIsLeftAtOnce() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            assertThat(rig.<Integer>run(() -> TaskGroup.call(group -> 5))).isEqualTo(5);
        }
    }

    @Proves(
            value = "TaskGroup",
            ports = {"test_taskgroups.test_taskgroup_03", "test_taskgroups.test_cancel_children_on_child_error"})
    @Test
    void theFirstFailureCancelsTheOthersAndTheBodyAndIsThrown() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            group.createTask(() -> sleepAndLog("sibling"));
                            group.createTask(() -> {
                                Task.sleep(SECOND);
                                throw new IOException("first");
                            });
                            sleepAndLog("body");
                        }))
                        .isInstanceOf(IOException.class)
                        .hasMessage("first")
                        .hasNoSuppressedExceptions();
                assertThat(Task.current().cancelling())
                        .as("the group took its own cancel back")
                        .isZero();
                Task.sleep(SECOND);
                return null;
            });
            assertThat(log).containsExactlyInAnyOrder("sibling cancelled", "body cancelled");
        }
    }

    @Test
    void laterFailuresAreSuppressedOntoTheFirst() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            group.createTask(() -> {
                                Task.yield();
                                throw new IOException("first");
                            });
                            group.createTask(() -> {
                                try {
                                    Task.sleep(LONG);
                                } finally {
                                    throwing(new IOException("second"));
                                }
                            });
                            try {
                                Task.sleep(LONG);
                            } finally {
                                throwing(new IOException("body"));
                            }
                        }))
                        .hasMessage("first")
                        .satisfies(first -> assertThat(first.getSuppressed())
                                .extracting(Throwable::getMessage)
                                .containsExactlyInAnyOrder("second", "body"));
                return null;
            });
        }
    }

    @Proves(value = "TaskGroup", ports = "test_taskgroups.test_taskgroup_07")
    @Test
    void aBodyThatFailsCancelsItsTasksAndWaitsForThem() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            group.createTask(() -> {
                                try {
                                    Task.sleep(LONG);
                                } finally {
                                    Task.sleep(SECOND);
                                    log.add("cleaned up");
                                }
                            });
                            Task.yield();
                            throw new IllegalStateException("body");
                        }))
                        .hasMessage("body");
                assertThat(log).containsExactly("cleaned up");
                return null;
            });
        }
    }

    @Proves(
            value = "TaskGroup",
            ports = {"test_taskgroups.test_taskgroup_09", "test_taskgroups.test_cancellation"})
    @Test
    void cancellingTheHolderCancelsAllAndStaysACancel() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (boolean inBody : new boolean[] {true, false}) {
                log.clear();
                Task<Void> holder = Task.create(rig.loop, null, () -> {
                    TaskGroup.run(group -> {
                        group.createTask(() -> sleepAndLog("child"));
                        if (inBody) {
                            sleepAndLog("body");
                        }
                    });
                    return null;
                });
                rig.passes(2);
                holder.cancel();
                rig.passes(3);
                assertThat(holder.isCancelled()).as("in the body: %s", inBody).isTrue();
                assertThat(log).contains("child cancelled");
            }
        }
    }

    @Test
    void aFailureWhileTheHolderIsBeingCancelledIsThrownAndTheCancelComesAtTheNextWait() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> holder = Task.create(rig.loop, null, () -> {
                try {
                    TaskGroup.run(group -> {
                        group.createTask(() -> {
                            try {
                                Task.sleep(LONG);
                            } finally {
                                throwing(new IOException("while cancelled"));
                            }
                        });
                        Task.sleep(LONG);
                    });
                } catch (IOException failed) {
                    log.add(failed.getMessage());
                }
                Task.sleep(LONG);
                log.add("the cancel was forgotten");
                return null;
            });
            rig.passes(2);
            holder.cancel();
            rig.run(() -> {
                Task.sleep(LONG.multipliedBy(2));
                return null;
            });
            assertThat(holder.isCancelled()).isTrue();
            assertThat(log).containsExactly("while cancelled");
        }
    }

    @Test
    void aTaskOfTheGroupThatIsCancelledByItselfIsNoFailure() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                TaskGroup.run(group -> {
                    Task<Void> victim = group.createTask(() -> sleepAndLog("victim"));
                    group.createTask(() -> {
                        Task.sleep(SECOND);
                        log.add("other finished");
                    });
                    Task.yield();
                    victim.cancel();
                });
                return null;
            });
            assertThat(log).containsExactly("victim cancelled", "other finished");
        }
    }

    @Test
    void aBodyThatAwaitsACancelledTaskEndsTheGroupWithThatCancellation() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            group.createTask(() -> sleepAndLog("child"));
                            Task<Void> victim = group.createTask(() -> sleepAndLog("victim"));
                            Task.yield();
                            victim.cancel();
                            victim.await();
                        }))
                        .isInstanceOf(CancellationException.class);
                return null;
            });
            assertThat(log).containsExactlyInAnyOrder("victim cancelled", "child cancelled");
        }
    }

    @Test
    void aFailureGoesBeforeACancellationOfTheBody() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            group.createTask(() -> {
                                try {
                                    Task.sleep(LONG);
                                } finally {
                                    throwing(new IOException("real"));
                                }
                            });
                            Task.yield();
                            throw new CancellationException("by hand");
                        }))
                        .isInstanceOf(IOException.class)
                        .hasMessage("real");
                return null;
            });
        }
    }

    @Test
    void tasksOfTheGroupMayStartMoreTasks() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                TaskGroup.run(group -> group.createTask(() -> {
                    Task.sleep(SECOND);
                    group.createTask(() -> {
                        Task.sleep(SECOND);
                        group.createTask(() -> log.add("grandchild"));
                    });
                }));
                assertThat(log).containsExactly("grandchild");
                return null;
            });
        }
    }

    @Proves(
            value = "TaskGroup",
            ports = {
                "test_taskgroups.test_taskgroup_finished",
                "test_taskgroups.test_taskgroup_no_create_task_after_failure"
            })
    @Test
    void aGroupThatHasEndedOrIsEndingTakesNoMoreTasks() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                TaskGroup[] leaked = new TaskGroup[1];
                TaskGroup.run(group -> leaked[0] = group);
                assertThatThrownBy(() -> leaked[0].createTask(() -> log.add("late")))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("has ended");
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            group.createTask(() -> {
                                try {
                                    Task.sleep(LONG);
                                } catch (InterruptedException cancelled) {
                                    assertThatThrownBy(() -> group.createTask(() -> log.add("late")))
                                            .isInstanceOf(IllegalStateException.class)
                                            .hasMessageContaining("shutting down");
                                    log.add("refused");
                                }
                            });
                            Task.yield();
                            throw new IOException("over");
                        }))
                        .hasMessage("over");
                return null;
            });
            assertThat(log).containsExactly("refused");
        }
    }

    @Test
    void anInnerGroupsFailureIsTheOuterOnesFailure() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(outer -> {
                            outer.createTask(() -> sleepAndLog("outer child"));
                            TaskGroup.run(inner -> {
                                inner.createTask(() -> {
                                    throw new IOException("inner");
                                });
                                sleepAndLog("inner body");
                            });
                        }))
                        .hasMessage("inner");
                assertThat(Task.current().cancelling()).isZero();
                return null;
            });
            assertThat(log).containsExactlyInAnyOrder("inner body cancelled", "outer child cancelled");
        }
    }

    @Test
    void aBodyThatEndsInThePassInWhichATaskFailsIsNotInterruptedAfterwards() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            Task<Void> quick = group.createTask(() -> Task.sleep(SECOND));
                            group.createTask(() -> {
                                Task.sleep(SECOND);
                                throw new IOException("same pass");
                            });
                            quick.await();
                        }))
                        .hasMessage("same pass");
                assertThat(Task.current().cancelling()).isZero();
                Task.yield();
                Task.sleep(SECOND);
                log.add("undisturbed");
                return null;
            });
            assertThat(log).containsExactly("undisturbed");
        }
    }

    @Test
    void aTimeoutAroundAGroupEndsTheGroup() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> dev.matryoshka.task.Timeout.within(
                                SECOND, () -> TaskGroup.run(group -> group.createTask(() -> sleepAndLog("child")))))
                        .isInstanceOf(java.util.concurrent.TimeoutException.class);
                return null;
            });
            assertThat(log).containsExactly("child cancelled");
        }
    }

    @Test
    void errorsAndOddThrowablesOfATaskAreFailuresToo() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> group.createTask(() -> {
                            throw new AssertionError("error");
                        })))
                        .isInstanceOf(AssertionError.class);
                return null;
            });
        }
    }

    private Void sleepAndLog(String who) throws InterruptedException {
        try {
            Task.sleep(LONG);
        } catch (InterruptedException cancelled) {
            log.add(who + " cancelled");
            throw cancelled;
        }
        log.add(who + " slept");
        return null;
    }

    /** A throw that the compiler does not see, so that a finally block may end with it. */
    private static void throwing(IOException failure) throws IOException {
        throw failure;
    }
}
