package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/**
 * Goal: either the result or the timeout, never both, never neither; and a cancel by somebody else stays a cancel.
 *
 * <p>Method: asyncio's test_timeouts and test_waitfor, as far as they apply, on virtual time.
 */
@org.junit.jupiter.api.Timeout(value = 60, threadMode = org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD)
class TimeoutTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofDays(1);

    private final List<String> log = new ArrayList<>();

    @Proves(value = "timeout", ports = "test_timeouts.test_timeout_not_called")
    @Test
    void codeThatIsInTimeReturnsItsResultAndLeavesNoTimer() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            int result = rig.run(() -> Timeout.within(LONG, () -> {
                Task.sleep(SECOND);
                return 42;
            }));
            assertThat(result).isEqualTo(42);
            assertThat(rig.engine.load().timers()).isZero();
        }
    }

    @Proves(
            value = "timeout",
            ports = {"test_timeouts.test_timeout_basic", "test_timeouts.test_timeout_expired"})
    @Test
    void codeThatIsLateIsInterruptedAndTimesOutExactlyThen() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            long began = rig.loop.time();
            rig.run(() -> {
                assertThatThrownBy(() -> Timeout.within(SECOND, () -> {
                            try {
                                Task.sleep(LONG);
                            } finally {
                                log.add("cleaned up");
                            }
                        }))
                        .isInstanceOf(TimeoutException.class)
                        .hasMessage("the time was over: PT1S")
                        .hasCauseInstanceOf(InterruptedException.class);
                assertThat(Task.current().cancelling()).as("taken back").isZero();
                Task.sleep(SECOND); // and the task goes on undisturbed
                return null;
            });
            assertThat(log).containsExactly("cleaned up");
            assertThat(rig.loop.time() - began).isEqualTo(Duration.ofSeconds(2).toNanos());
        }
    }

    @Proves(value = "timeout", ports = "test_timeouts.test_timeout_zero")
    @Test
    void aLimitOfNothingLetsCodePassThatDoesNotWait() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (Duration limit : List.of(Duration.ZERO, Duration.ofSeconds(-5), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThat(rig.<Integer>run(() -> Timeout.within(limit, () -> 7)))
                        .isEqualTo(7);
                rig.run(() -> {
                    assertThatThrownBy(() -> Timeout.within(limit, () -> Task.sleep(SECOND)))
                            .isInstanceOf(TimeoutException.class);
                    return null;
                });
            }
        }
    }

    @Test
    void aHugeLimitIsForEver() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            int result = rig.run(() -> Timeout.within(Duration.ofSeconds(Long.MAX_VALUE), () -> {
                Task.sleep(LONG);
                return 1;
            }));
            assertThat(result).isEqualTo(1);
        }
    }

    @Proves(
            value = "timeout",
            ports = {"test_timeouts.test_foreign_exception_passed", "test_timeouts.test_foreign_exception_on_timeout"})
    @Test
    void anotherExceptionGoesThroughEvenWhenTheTimeIsOver() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> Timeout.within(SECOND, () -> {
                            throw new IOException("own");
                        }))
                        .hasMessage("own");
                assertThatThrownBy(() -> Timeout.within(SECOND, () -> {
                            try {
                                Task.sleep(LONG);
                            } catch (InterruptedException late) {
                                throw new IOException("instead");
                            }
                        }))
                        .isInstanceOf(IOException.class)
                        .hasMessage("instead");
                Task.sleep(SECOND);
                return null;
            });
        }
    }

    @Test
    void codeThatSwallowsTheInterruptKeepsItsResultAndTheScopeKnowsItWasLate() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                Timeout[] scope = new Timeout[1];
                int result = Timeout.scope(SECOND, timeout -> {
                    scope[0] = timeout;
                    try {
                        Task.sleep(LONG);
                    } catch (InterruptedException swallowed) {
                        log.add("swallowed");
                    }
                    return 9;
                });
                assertThat(result).isEqualTo(9);
                assertThat(scope[0].expired()).isTrue();
                assertThat(Task.current().cancelling()).isZero();
                return null;
            });
            assertThat(log).containsExactly("swallowed");
        }
    }

    @Proves(
            value = "timeout",
            ports = {
                "test_timeouts.test_foreign_cancel_doesnt_timeout_if_not_expired",
                "test_timeouts.test_outer_task_is_not_cancelled"
            })
    @Test
    void aCancelFromOutsideStaysACancel() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                try {
                    Timeout.within(LONG, () -> Task.sleep(LONG));
                } catch (InterruptedException cancelled) {
                    log.add("cancelled");
                    throw cancelled;
                }
                return null;
            });
            rig.passes(1);
            task.cancel();
            rig.passes(1);
            assertThat(task.isCancelled()).isTrue();
            assertThat(log).containsExactly("cancelled");
            assertThat(rig.engine.load().timers()).isZero();
        }
    }

    @Test
    void aCancelInTheSamePassAsTheTimeoutStaysACancelWhicheverComesFirst() throws Exception {
        for (boolean cancelFirst : new boolean[] {true, false}) {
            try (LoopRig rig = LoopRig.onVirtualTime()) {
                Task<?>[] victim = new Task<?>[1];
                if (cancelFirst) {
                    rig.loop.callLater(SECOND, () -> victim[0].cancel());
                }
                Task<Void> task = Task.create(rig.loop, null, () -> {
                    Timeout.within(SECOND, () -> Task.sleep(LONG));
                    return null;
                });
                victim[0] = task;
                if (!cancelFirst) {
                    rig.loop.callLater(SECOND.plusNanos(0), () -> victim[0].cancel());
                }
                rig.run(() -> {
                    Task.sleep(SECOND.multipliedBy(2));
                    return null;
                });
                assertThat(task.isCancelled())
                        .as("cancel first: %s", cancelFirst)
                        .isTrue();
            }
        }
    }

    @Proves(value = "timeout", ports = "test_timeouts.test_nested_timeouts")
    @Test
    void anInnerTimeoutThatIsOverFirstIsCaughtOutside() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> Timeout.within(LONG, () -> Timeout.within(SECOND, () -> Task.sleep(LONG))))
                        .isInstanceOf(TimeoutException.class)
                        .hasMessageContaining("PT1S");
                return null;
            });
        }
    }

    @Test
    void anOuterTimeoutThatIsOverFirstPassesTheInnerOneAsAnInterrupt() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> Timeout.within(
                                SECOND,
                                () -> Timeout.within(LONG, () -> {
                                    try {
                                        Task.sleep(LONG);
                                    } catch (InterruptedException interrupted) {
                                        log.add("interrupted");
                                        throw interrupted;
                                    }
                                })))
                        .isInstanceOf(TimeoutException.class)
                        .hasMessageContaining("PT1S");
                return null;
            });
            assertThat(log).containsExactly("interrupted");
        }
    }

    @Test
    void twoTimeoutsThatAreOverTogetherAreOneTimeoutOfTheOuterOne() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThatThrownBy(() -> Timeout.within(SECOND, () -> {
                            try {
                                Timeout.within(SECOND, () -> Task.sleep(LONG));
                            } catch (InterruptedException passing) {
                                log.add("the inner one passed it on");
                                throw passing;
                            }
                        }))
                        .isInstanceOf(TimeoutException.class);
                assertThat(Task.current().cancelling()).isZero();
                Task.sleep(SECOND);
                return null;
            });
            assertThat(log).containsExactly("the inner one passed it on");
        }
    }

    @Test
    void whatWasSignalledInThePassInWhichTheTimeIsOverIsNotLost() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Waiter waiter = new Waiter();
            rig.loop.callLater(SECOND, waiter::signal); // due in the same pass as the timeout, and before it
            rig.run(() -> {
                int result = Timeout.within(SECOND, () -> {
                    waiter.await();
                    return 42;
                });
                assertThat(result).isEqualTo(42);
                assertThat(Task.current().cancelling()).isZero();
                Task.sleep(SECOND); // the interrupt of the timeout does not arrive later
                return null;
            });
        }
    }

    @Test
    void aLateInterruptDoesNotLeakOutOfATimeoutInATaskThatSwallowedACancelBefore() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Waiter waiter = new Waiter();
            Task<Integer> task = Task.create(rig.loop, null, () -> {
                try {
                    Task.sleep(LONG);
                } catch (InterruptedException swallowed) {
                    rig.loop.callLater(SECOND, waiter::signal);
                }
                Timeout.within(SECOND, waiter::await);
                Task.sleep(SECOND);
                return Task.current().cancelling();
            });
            rig.passes(1);
            task.cancel();
            assertThat(rig.run(task::await)).isEqualTo(1);
        }
    }

    @Proves(
            value = "timeout",
            ports = {"test_timeouts.test_reschedule", "test_timeouts.test_timeout_disabled"})
    @Test
    void aLimitCanBeMovedTakenAwayAndSetLater() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                Timeout.scope(SECOND, timeout -> {
                    timeout.reschedule(Duration.ofSeconds(10));
                    Task.sleep(Duration.ofSeconds(5));
                    timeout.reschedule(null);
                    assertThat(timeout.when()).isNull();
                    Task.sleep(LONG);
                    return null;
                });
                assertThatThrownBy(() -> Timeout.scope(null, timeout -> {
                            assertThat(timeout.when()).isNull();
                            timeout.reschedule(SECOND);
                            assertThat(timeout.when()).isEqualTo(rig.loop.time() + SECOND.toNanos());
                            Task.sleep(LONG);
                            return null;
                        }))
                        .isInstanceOf(TimeoutException.class)
                        .hasMessage("the time was over: PT1S");
                return null;
            });
        }
    }

    @Test
    void aLimitCannotBeMovedAfterItsTimeOrAfterItsScope() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                Timeout[] scope = new Timeout[1];
                Timeout.scope(SECOND, timeout -> {
                    scope[0] = timeout;
                    try {
                        Task.sleep(LONG);
                    } catch (InterruptedException late) {
                        assertThatThrownBy(() -> timeout.reschedule(LONG))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("EXPIRING");
                    }
                    return null;
                });
                assertThatThrownBy(() -> scope[0].reschedule(LONG))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("EXPIRED");
                Timeout.scope(SECOND, timeout -> scope[0] = timeout);
                assertThat(scope[0].expired()).isFalse();
                assertThatThrownBy(() -> scope[0].reschedule(LONG))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("FINISHED");
                return null;
            });
        }
    }

    @Test
    void aCancelledTaskThatTheCodeAwaitedIsNoTimeout() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                Task<Void> other = Task.create(rig.loop, null, () -> {
                    Task.sleep(LONG);
                    return null;
                });
                other.cancel();
                assertThatThrownBy(() -> Timeout.within(LONG, other::await)).isInstanceOf(CancellationException.class);
                return null;
            });
        }
    }

    @Test
    @Proves(
            value = "timeout_at",
            ports = {
                "test_timeouts.test_timeout_at_basic",
                "test_timeouts.test_timeout_in_the_past_sleep_zero",
                "test_timeouts.test_timeout_at_disabled"
            })
    void aLimitMayBeAnInstantAlsoOneInThePast() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                long deadline = rig.loop.time() + Duration.ofSeconds(5).toNanos();
                List<dev.matryoshka.task.Timeout> seen = new ArrayList<>();
                assertThatThrownBy(() -> dev.matryoshka.task.Timeout.until(deadline, timeout -> {
                            seen.add(timeout);
                            assertThat(timeout.when()).isEqualTo(deadline);
                            Task.sleep(Duration.ofDays(1));
                            return 1;
                        }))
                        .isInstanceOf(TimeoutException.class)
                        .hasMessage("the time was over: PT5S");
                assertThat(rig.loop.time()).isEqualTo(deadline);
                assertThat(seen.getFirst().when()).as("still told").isEqualTo(deadline);
                assertThat(seen.getFirst().expired()).isTrue();
                assertThatThrownBy(() -> dev.matryoshka.task.Timeout.until(0, timeout -> {
                            Task.yield();
                            Task.yield();
                            return 1;
                        }))
                        .isInstanceOf(TimeoutException.class);
                int result = dev.matryoshka.task.Timeout.until(0, timeout -> {
                    timeout.rescheduleAt(rig.loop.time() + 1_000_000_000);
                    Task.yield();
                    timeout.reschedule(null);
                    assertThat(timeout.when()).isNull();
                    Task.sleep(Duration.ofDays(1));
                    return 7;
                });
                assertThat(result).isEqualTo(7);
                return null;
            });
        }
    }

    @Test
    @Proves(
            value = "timeout",
            ports = {
                "test_timeouts.test_repr_active",
                "test_timeouts.test_repr_expired",
                "test_timeouts.test_repr_finished",
                "test_timeouts.test_repr_disabled"
            })
    void aTimeoutSaysWhereItIs() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                List<dev.matryoshka.task.Timeout> seen = new ArrayList<>();
                dev.matryoshka.task.Timeout.scope(Duration.ofSeconds(5), timeout -> {
                    seen.add(timeout);
                    assertThat(timeout).hasToString("Timeout[ACTIVE, PT5S left]");
                    timeout.reschedule(null);
                    assertThat(timeout).hasToString("Timeout[ACTIVE]");
                    return 1;
                });
                assertThat(seen.getFirst()).hasToString("Timeout[FINISHED]");
                assertThatThrownBy(() -> dev.matryoshka.task.Timeout.scope(Duration.ofSeconds(5), timeout -> {
                            seen.add(timeout);
                            Task.sleep(Duration.ofDays(1));
                            return 1;
                        }))
                        .isInstanceOf(TimeoutException.class);
                assertThat(seen.getLast()).hasToString("Timeout[EXPIRED]");
                return null;
            });
        }
    }
}
