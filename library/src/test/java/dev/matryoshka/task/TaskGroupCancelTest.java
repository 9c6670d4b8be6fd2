package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: a group that is cancelled ends without a failure, whoever cancels it and when. Method: groups on a virtual clock. */
@Proves("TaskGroup.cancel")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TaskGroupCancelTest {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void theBodyMayCancelItsGroupAndTheScopeIsLeftQuietly() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                List<Task<?>> tasks = new ArrayList<>();
                TaskGroup.run(group -> {
                    tasks.add(group.createTask(() -> Task.sleep(DAY)));
                    Task.yield();
                    group.cancel();
                    group.cancel();
                    assertThatThrownBy(() -> group.createTask(() -> 1)).hasMessageContaining("shutting down");
                });
                assertThat(tasks).allMatch(Task::isCancelled);
                assertThat(current().cancelling()).isZero();
                Task.sleep(Duration.ofSeconds(1)); // no interrupt is left over
                return null;
            });
        }
    }

    @Test
    void aTaskMayCancelItsGroupAndTheWaitingBodyIsInterrupted() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                List<String> seen = new ArrayList<>();
                TaskGroup.run(group -> {
                    group.createTask(() -> {
                        Task.sleep(Duration.ofSeconds(1));
                        group.cancel();
                        seen.add("still runs up to its next wait");
                        Task.sleep(DAY);
                        seen.add("never");
                    });
                    try {
                        Task.sleep(DAY);
                    } catch (InterruptedException cancelled) {
                        seen.add("the body");
                        throw cancelled;
                    }
                });
                assertThat(seen).containsExactly("still runs up to its next wait", "the body");
                assertThat(current().cancelling()).isZero();
                return null;
            });
        }
    }

    @Test
    void aGroupThatIsCancelledWhileItWaitsForItsTasksEnds() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                int result = TaskGroup.call(group -> {
                    group.createTask(() -> Task.sleep(DAY));
                    rig.loop.callLater(Duration.ofSeconds(1), group::cancel);
                    return 42;
                });
                assertThat(result).as("the body had its result").isEqualTo(42);
                return null;
            });
        }
    }

    @Test
    void aBodyWithoutItsResultIsACancellation() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.call(group -> {
                            group.cancel();
                            Task.sleep(DAY);
                            return 42;
                        }))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("the task group was cancelled");
                assertThat(current().cancelling()).isZero();
                return null;
            });
        }
    }

    @Test
    void aFailureOnTheWayOutIsThrown() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                            group.createTask(() -> {
                                try {
                                    Task.sleep(DAY);
                                } finally {
                                    throwing(new IOException("on the way out"));
                                }
                            });
                            Task.yield();
                            group.cancel();
                        }))
                        .hasMessage("on the way out");
                return null;
            });
        }
    }

    @Test
    void aCancelOfTheHolderStaysOneEvenWhenTheGroupIsCancelledToo() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                Task<Void> holder = Task.create(rig.loop, "holder", () -> {
                    TaskGroup.run(group -> {
                        group.createTask(() -> Task.sleep(DAY));
                        rig.loop.callSoon(group::cancel);
                        Task.sleep(DAY);
                    });
                    return null;
                });
                Task.yield();
                holder.cancel();
                assertThatThrownBy(holder::await).isInstanceOf(CancellationException.class);
                return null;
            });
        }
    }

    @Test
    void afterTheEndAndFromAForeignThreadNothingHappens() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                List<TaskGroup> groups = new ArrayList<>();
                TaskGroup.run(groups::add);
                groups.getFirst().cancel();
                Task.sleep(Duration.ofSeconds(1));
                List<Throwable> thrown = new ArrayList<>();
                Thread foreign = new Thread(() -> {
                    try {
                        groups.getFirst().cancel();
                    } catch (WrongThreadException told) {
                        thrown.add(told);
                    }
                });
                foreign.start();
                foreign.join();
                assertThat(thrown).hasSize(1);
                return null;
            });
        }
    }

    private static Task<?> current() {
        Task<?> task = Task.current();
        assertThat(task).isNotNull();
        return task;
    }

    private static void throwing(IOException failure) throws IOException {
        throw failure;
    }
}
