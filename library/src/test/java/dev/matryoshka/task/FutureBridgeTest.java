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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: the JDK's futures work in tasks, in both directions. Method: futures that are completed on the loop, by a thread, before,
 * never; waited for by our way and by the JDK's own.
 */
@Proves("create_future")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FutureBridgeTest {
    @Test
    void aTaskAwaitsAFutureWhoeverCompletesIt() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.run(() -> {
                CompletableFuture<Integer> byCallback = new CompletableFuture<>();
                rig.loop.callSoon(() -> byCallback.complete(1));
                assertThat(Tasks.await(byCallback)).isEqualTo(1);
                CompletableFuture<Integer> byThread = new CompletableFuture<>();
                Thread thread = new Thread(() -> byThread.complete(2));
                thread.start();
                assertThat(Tasks.await(byThread)).isEqualTo(2);
                assertThat(rig.loop.isLoopThread()).isTrue();
                assertThat(Tasks.await(CompletableFuture.completedFuture(3))).isEqualTo(3);
                assertThat(Tasks.<Object>await(CompletableFuture.completedFuture(null)))
                        .isNull();
                thread.join();
                return null;
            });
        }
    }

    @Test
    void aFailureIsThrownItselfAndACancelIsOne() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                for (Throwable thrown : List.of(new IOException("disk"), new StackOverflowError("deep"))) {
                    assertThatThrownBy(() -> Tasks.await(CompletableFuture.failedFuture(thrown)))
                            .isSameAs(thrown);
                }
                Throwable odd = new Throwable("odd");
                assertThatThrownBy(() -> Tasks.await(CompletableFuture.failedFuture(odd)))
                        .isInstanceOf(ExecutionException.class)
                        .hasCause(odd);
                CompletableFuture<Integer> cancelled = new CompletableFuture<>();
                cancelled.cancel(false);
                assertThatThrownBy(() -> Tasks.await(cancelled)).isInstanceOf(CancellationException.class);
                return null;
            });
        }
    }

    @Test
    void aCancelledWaitLeavesTheFutureAlone() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                CompletableFuture<Integer> future = new CompletableFuture<>();
                Task<Integer> ours = Task.create(rig.loop, null, () -> Tasks.await(future));
                Task<Integer> jdks = Task.create(rig.loop, null, future::get);
                Task.yield();
                ours.cancel();
                jdks.cancel();
                assertThatThrownBy(ours::await).isInstanceOf(CancellationException.class);
                assertThatThrownBy(jdks::await).isInstanceOf(CancellationException.class);
                assertThat(future).isNotDone();
                assertThatThrownBy(() ->
                                dev.matryoshka.task.Timeout.within(Duration.ofSeconds(1), () -> Tasks.await(future)))
                        .isInstanceOf(TimeoutException.class);
                future.complete(1);
                assertThat(Tasks.await(future)).isEqualTo(1);
                return null;
            });
        }
    }

    /** Which is why the guide says: use get. */
    @Test
    void joinOfTheJdkDoesNotHearACancelUntilItHasItsResult() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                CompletableFuture<Integer> future = new CompletableFuture<>();
                List<Object> seen = new ArrayList<>();
                Task<Integer> joining = Task.create(rig.loop, null, () -> {
                    seen.add(future.join());
                    Task.yield();
                    return 1;
                });
                Task.yield();
                joining.cancel();
                Task.sleep(Duration.ofSeconds(1));
                assertThat(joining.isDone()).isFalse();
                future.complete(7);
                assertThatThrownBy(joining::await).isInstanceOf(CancellationException.class);
                assertThat(seen).containsExactly(7);
                return null;
            });
        }
    }

    @Test
    void awaitingAFutureInACallbackFailsAtOnce() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<Throwable> thrown = new ArrayList<>();
            rig.loop.callSoon(() -> {
                try {
                    Tasks.await(new CompletableFuture<>());
                } catch (Exception failed) {
                    thrown.add(failed);
                }
            });
            rig.passes(1);
            assertThat(thrown)
                    .singleElement()
                    .satisfies(failed -> assertThat(failed)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("must not be called from a callback"));
        }
    }

    @Test
    void aTaskIsAlsoAFutureOfTheJdk() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.run(() -> {
                assertThat(Tasks.await(Tasks.toCompletableFuture(Task.create(rig.loop, null, () -> 1))))
                        .isEqualTo(1);
                IOException failure = new IOException("disk");
                Task<Integer> failing = Task.create(rig.loop, null, () -> {
                    throw failure;
                });
                assertThatThrownBy(() -> Tasks.await(Tasks.toCompletableFuture(failing)))
                        .isSameAs(failure);
                Task<Integer> slow = Task.create(rig.loop, null, () -> {
                    Task.sleep(Duration.ofDays(1));
                    return 1;
                });
                CompletableFuture<Integer> view = Tasks.toCompletableFuture(slow);
                view.cancel(true);
                Task.yield();
                assertThat(slow.isDone()).isFalse();
                CompletableFuture<Integer> other = Tasks.toCompletableFuture(slow);
                slow.cancel();
                assertThatThrownBy(() -> Tasks.await(other)).isInstanceOf(CancellationException.class);
                return null;
            });
        }
    }
}
