package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.Handle;
import dev.matryoshka.support.Proves;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Goal: of run and cancel exactly one wins, and the handle says which.
 *
 * <p>Method: each order of the two on one thread, for callbacks and timers. What other threads post is {@link MailHandleTest}'s.
 */
class CallbackTest {
    private final AtomicInteger runs = new AtomicInteger();
    private final TimerHeap heap = new TimerHeap(0);

    @Proves(
            value = "call_soon",
            ports = {"test_base_events.test__add_callback_cancelled_handle", "test_events.test_handle"})
    @Test
    void aCancelledCallbackDoesNotRun() {
        Callback callback = new Callback(runs::incrementAndGet);
        callback.cancel();
        callback.run();
        assertThat(callback.isCancelled()).isTrue();
        assertThat(runs).hasValue(0);
    }

    @Test
    void cancellingAfterTheRunHasNoEffect() {
        Callback callback = new Callback(runs::incrementAndGet);
        callback.run();
        callback.cancel();
        assertThat(callback.isCancelled()).isFalse();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aCallbackThatCancelsItselfHasRunAndIsNotCancelled() {
        Handle[] self = new Handle[1];
        Callback callback = new Callback(() -> self[0].cancel());
        self[0] = callback;
        callback.run();
        assertThat(callback.isCancelled()).isFalse();
    }

    @Test
    void aCallbackRunsOnce() {
        Callback callback = new Callback(runs::incrementAndGet);
        callback.run();
        callback.run();
        assertThat(runs).hasValue(1);
    }

    @Test
    void onlyTheFirstCancelIsTheReason() {
        Callback callback = new Callback(runs::incrementAndGet);
        assertThat(callback.tryCancel()).isTrue();
        assertThat(callback.tryCancel()).isFalse();
    }

    @Test
    void aTimerKeepsTheSameRulesAndItsTime() {
        Timer cancelled = heap.add(5, runs::incrementAndGet);
        cancelled.cancel();
        cancelled.run();
        Timer ran = heap.add(6, runs::incrementAndGet);
        ran.run();
        ran.cancel();
        assertThat(runs).hasValue(1);
        assertThat(cancelled.isCancelled()).isTrue();
        assertThat(ran.isCancelled()).isFalse();
        assertThat(ran.when()).isEqualTo(6);
    }

    @Test
    void aHandleNamesItsCallbackWhileItRunsAndForgetsItAfterwards() {
        Runnable named = new Runnable() {
            @Override
            public void run() {}

            @Override
            public String toString() {
                return "the named one";
            }
        };
        Callback callback = new Callback(named);
        callback.run();
        assertThat(callback).hasToString("Handle[the named one]");
        callback.forget();
        assertThat(callback.toString()).doesNotContain("the named one");
        Callback cancelled = new Callback(named);
        cancelled.cancel();
        assertThat(cancelled).hasToString("Handle[cancelled]");
        assertThat(heap.add(7, named)).hasToString("Timer[when=7, the named one]");
    }
}
