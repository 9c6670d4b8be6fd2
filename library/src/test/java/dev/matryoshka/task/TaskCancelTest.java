package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.engine.Waiter;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a cancel is an interrupt, delivered once, at the wait in progress or the next; nothing that was got is lost by it.
 *
 * <p>Method: a cancel at each moment of a task's life, on virtual time.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TaskCancelTest {
    private static final Duration LONG = Duration.ofDays(1);

    private final List<String> log = new ArrayList<>();

    @Test
    void aTaskThatIsCancelledBeforeItStartsNeverRuns() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Boolean> task = Task.create(rig.loop, null, () -> log.add("ran"));
            assertThat(task.cancel()).isTrue();
            assertThat(task.isDone()).as("not before its turn").isFalse();
            rig.passes(1);
            assertThat(task.isCancelled()).isTrue();
            assertThat(log).isEmpty();
        }
    }

    @Test
    void theWaitOfACancelledTaskThrowsAndTheTaskEndsCancelled() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                try {
                    Task.sleep(LONG);
                } finally {
                    log.add("finally, interrupted=" + Thread.currentThread().isInterrupted());
                }
                return null;
            });
            rig.passes(1);
            task.cancel();
            rig.passes(1);
            assertThat(task.isCancelled()).isTrue();
            assertThat(log).as("delivered once").containsExactly("finally, interrupted=false");
            assertThat(rig.engine.load().timers()).as("its timer is gone").isZero();
        }
    }

    @Test
    void aTaskThatCancelsItselfIsInterruptedAtItsNextWait() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                Task.current().cancel();
                log.add("still running");
                Task.sleep(LONG);
                log.add("never");
                return null;
            });
            rig.passes(2);
            assertThat(task.isCancelled()).isTrue();
            assertThat(log).containsExactly("still running");
        }
    }

    @Test
    void aTaskThatCancelsItselfAndReturnsHasSucceeded() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            int result = rig.run(() -> {
                Task.current().cancel();
                return 5;
            });
            assertThat(result)
                    .as("unlike in asyncio, a result that is there wins")
                    .isEqualTo(5);
        }
    }

    @Test
    void whoCatchesTheInterruptGoesOn() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Integer> task = Task.create(rig.loop, null, () -> {
                try {
                    Task.sleep(LONG);
                } catch (InterruptedException swallowed) {
                    log.add("caught");
                }
                Task.sleep(Duration.ofSeconds(1));
                return Task.current().cancelling();
            });
            rig.passes(1);
            task.cancel();
            assertThat(rig.run(task::await)).as("open requests").isEqualTo(1);
            assertThat(task.isCancelled()).isFalse();
            assertThat(log).containsExactly("caught");
        }
    }

    @Test
    void twoCancelsBeforeTheTaskRunsAreOneInterruptAndTwoRequests() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Integer> task = Task.create(rig.loop, null, () -> {
                try {
                    Task.sleep(LONG);
                } catch (InterruptedException swallowed) {
                    log.add("caught");
                }
                Task.yield();
                return Task.current().cancelling();
            });
            rig.passes(1);
            task.cancel();
            task.cancel();
            assertThat(rig.run(task::await)).isEqualTo(2);
            assertThat(log).containsExactly("caught");
        }
    }

    @Test
    void aTaskCanBeCancelledAgainAfterItSwallowedOne() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                try {
                    Task.sleep(LONG);
                } catch (InterruptedException swallowed) {
                    log.add("caught");
                }
                Task.sleep(LONG);
                return null;
            });
            rig.passes(1);
            task.cancel();
            rig.passes(1);
            assertThat(task.isDone()).isFalse();
            task.cancel();
            rig.passes(1);
            assertThat(task.isCancelled()).isTrue();
        }
    }

    @Test
    void uncancelTakesBackARequestAndTheInterruptThatWasNotDelivered() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                Task<?> self = Task.current();
                self.cancel();
                self.cancel();
                assertThat(self.uncancel()).isEqualTo(1);
                assertThat(Thread.currentThread().isInterrupted())
                        .as("one is still open")
                        .isTrue();
                assertThat(self.uncancel()).isZero();
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
                assertThat(self.uncancel()).as("never below zero").isZero();
                Task.sleep(Duration.ofSeconds(1));
                return null;
            });
        }
    }

    @Test
    void anInterruptAfterAnUncancelIsAFailureAndNotACancel() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                try {
                    Task.sleep(LONG);
                } catch (InterruptedException taken) {
                    Task.current().uncancel();
                }
                throw new InterruptedException("thrown by hand");
            });
            rig.passes(1);
            task.cancel();
            rig.passes(1);
            assertThat(task.isDone()).isTrue();
            assertThat(task.isCancelled()).isFalse();
            assertThat(task.exceptionNow()).hasMessage("thrown by hand");
        }
    }

    @Test
    void theInterruptOfAJdkChannelCountsAsTheCancel() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                try {
                    Task.sleep(LONG);
                } catch (InterruptedException taken) {
                    throw new ClosedByInterruptException();
                }
                return null;
            });
            rig.passes(1);
            task.cancel();
            rig.passes(1);
            assertThat(task.isCancelled()).isTrue();
        }
    }

    @Test
    void awaitingACancelledTaskThrowsAndEndsTheOneWhoWaitsCancelledToo() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> inner = Task.create(rig.loop, "inner", () -> {
                Task.sleep(LONG);
                return null;
            });
            Task<Void> outer = Task.create(rig.loop, null, () -> {
                try {
                    return inner.await();
                } catch (CancellationException cancelled) {
                    log.add(cancelled.getMessage());
                    throw cancelled;
                }
            });
            rig.passes(1);
            inner.cancel();
            rig.passes(2);
            assertThat(log).containsExactly("inner was cancelled");
            assertThat(outer.isCancelled()).isTrue();
        }
    }

    @Test
    void cancellingTheOneWhoWaitsLeavesTheOtherTaskAlone() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Integer> inner = Task.create(rig.loop, null, () -> {
                Task.sleep(Duration.ofSeconds(1));
                return 3;
            });
            Task<Integer> outer = Task.create(rig.loop, null, inner::await);
            rig.passes(1);
            outer.cancel();
            assertThat(rig.run(inner::await)).isEqualTo(3);
            assertThat(outer.isCancelled()).isTrue();
        }
    }

    @Test
    void aResultThatIsThereWhenTheCancelComesIsNotLost() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Integer> inner = Task.create(rig.loop, null, () -> {
                Task.yield();
                return 3;
            });
            Task<Void> outer = Task.create(rig.loop, null, () -> {
                log.add("got " + inner.await());
                Task.sleep(LONG);
                return null;
            });
            // Runs right after the inner task, whose end has woken the outer one, and before that one runs.
            Task.create(rig.loop, null, () -> {
                Task.yield();
                log.add("inner is done: " + inner.isDone());
                return outer.cancel();
            });
            rig.passes(4);
            assertThat(log).containsExactly("inner is done: true", "got 3");
            assertThat(outer.isCancelled())
                    .as("the cancel came at the next wait")
                    .isTrue();
        }
    }

    @Test
    void aSignalAndACancelInOnePassDeliverTheSignalFirstInEitherOrder() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (boolean signalFirst : new boolean[] {true, false}) {
                Waiter waiter = new Waiter();
                Task<Void> task = Task.create(rig.loop, null, () -> {
                    waiter.await();
                    log.add("got it");
                    waiter.await();
                    return null;
                });
                rig.passes(1);
                rig.loop.callSoon(signalFirst ? waiter::signal : task::cancel);
                rig.loop.callSoon(signalFirst ? task::cancel : waiter::signal);
                rig.passes(1);
                assertThat(task.isCancelled())
                        .as("signal first: %s", signalFirst)
                        .isTrue();
                assertThat(waiter.isOccupied()).isFalse();
            }
            assertThat(log).containsExactly("got it", "got it");
        }
    }

    @Test
    void twoTasksAtOneWaiterFailAtOnce() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Waiter waiter = new Waiter();
            Task<Void> first = Task.create(rig.loop, "the-first", () -> {
                waiter.await();
                return null;
            });
            rig.run(() -> {
                assertThatThrownBy(waiter::await)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the-first");
                return null;
            });
            waiter.signal();
            rig.passes(1);
            assertThat(first.state()).isEqualTo(Future.State.SUCCESS);
        }
    }

    @Test
    void aForeignThreadMayCancel() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            CountDownLatch parked = new CountDownLatch(1);
            Task<Void> task = Task.create(rig.loop, null, () -> {
                rig.loop.callSoon(parked::countDown);
                Task.sleep(LONG);
                return null;
            });
            Thread other = Thread.ofPlatform().start(() -> {
                try {
                    parked.await();
                } catch (InterruptedException stopped) {
                    return;
                }
                log.add("cancel=" + task.cancel());
            });
            task.addDoneCallback(done -> rig.loop.stop());
            rig.loop.runForever();
            other.join();
            assertThat(task.isCancelled()).isTrue();
            assertThat(log).containsExactly("cancel=true");
        }
    }

    @Test
    void aForeignInterruptOfATaskIsAnInterruptAndAFailureWhenItEscapes() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                Task.sleep(LONG);
                return null;
            });
            rig.passes(1);
            task.thread().interrupt(); // nobody called cancel()
            rig.passes(1);
            assertThat(task.isCancelled()).isFalse();
            assertThat(task.exceptionNow()).isInstanceOf(InterruptedException.class);
        }
    }
}
