package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a loop's own methods fail at once on every thread that is not of the loop, and the ways in from outside do not.
 *
 * <p>Method: each method from a platform thread, a virtual thread of the JDK, a virtual thread that a task started, and a
 * task of another loop.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopThreadsTest {
    /** Each must throw WrongThreadException outside the loop. */
    private static List<Runnable> loopOnly(LoopRig rig, Task<?> task) {
        Loop loop = rig.loop;
        return List.of(
                () -> loop.callSoon(() -> {}),
                () -> loop.callLater(Duration.ZERO, () -> {}),
                () -> loop.callAt(0, () -> {}),
                () -> loop.setExceptionHandler(null),
                () -> loop.callExceptionHandler(ExceptionContext.of("m", null)),
                () -> Task.create(loop, null, () -> 1),
                () -> task.addDoneCallback(done -> {}),
                () -> unchecked(task::await),
                () -> unchecked(() -> rig.engine.watch(new FakeSocket(), null)));
    }

    @Proves(value = "W10", ports = "test_base_events.test_check_thread")
    @Test
    void onAForeignPlatformThreadTheLoopsOwnMethodsFail() throws Exception {
        failsOn(job -> {
            Thread.ofPlatform().start(job).join();
            return null;
        });
    }

    @Test
    void onAVirtualThreadOfTheJdkTheLoopsOwnMethodsFail() throws Exception {
        failsOn(job -> {
            Thread thread = Thread.ofVirtual().unstarted(job);
            CompletableFuture.runAsync(thread::start); // from outside, so that it does not inherit the loop's carrier
            thread.join();
            return null;
        });
    }

    @Test
    void onAVirtualThreadThatATaskStartedTheLoopsOwnMethodsFail() throws Exception {
        failsOn(job -> {
            Thread.startVirtualThread(job).join();
            return null;
        });
    }

    @Test
    void onATaskOfAnotherLoopTheLoopsOwnMethodsFail() throws Exception {
        failsOn(job -> {
            Thread other = Thread.ofPlatform().start(() -> {
                Loop loop = LoopRig.open(ScriptedKernel.onRealTime(), LoopOptions.defaults());
                Task.create(loop, null, () -> {
                    job.run();
                    loop.stop();
                    return null;
                });
                loop.runForever();
                loop.close();
            });
            other.join();
            return null;
        });
    }

    private interface Elsewhere {
        Object run(Runnable job) throws Exception;
    }

    private static void failsOn(Elsewhere elsewhere) throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.run(() -> {
                Task<Void> pending = Task.create(rig.loop, null, () -> {
                    Task.sleep(Duration.ofDays(1));
                    return null;
                });
                List<Runnable> calls = loopOnly(rig, pending);
                FutureTask<Void> job = new FutureTask<>(() -> {
                    for (int i = 0; i < calls.size(); i++) {
                        assertThatThrownBy(calls.get(i)::run)
                                .as("call %d", i)
                                .isInstanceOf(WrongThreadException.class)
                                .hasMessageContaining("'" + rig.loop.name() + "'")
                                .hasMessageContaining("callSoonThreadsafe");
                    }
                    assertThat(rig.loop.isLoopThread()).isFalse();
                    return null;
                });
                elsewhere.run(job);
                job.get();
                pending.cancel();
                return null;
            });
        }
    }

    @Proves(
            value = {"call_soon_threadsafe", "run_coroutine_threadsafe"},
            ports = {"test_events.test_call_soon_threadsafe", "test_events.test_call_soon_threadsafe_same_thread"})
    @Test
    void theWaysInFromOutsideWorkEverywhere() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            List<String> log = new ArrayList<>();
            Thread outside = Thread.ofPlatform().start(() -> {
                rig.loop.callSoonThreadsafe(() -> log.add("callback on the loop: " + rig.loop.isLoopThread()));
                Task<Integer> task = Task.submit(rig.loop, "submitted", () -> 42);
                try {
                    int answer = task.get();
                    rig.loop.callSoonThreadsafe(() -> log.add("task said " + answer));
                } catch (InterruptedException | ExecutionException failed) {
                    throw new AssertionError(failed);
                }
                assertThat(rig.loop.name()).isNotEmpty();
                assertThat(rig.loop.kernelName()).isEqualTo("scripted");
                assertThat(rig.loop.isRunning()).isTrue();
                assertThat(rig.loop.isClosed()).isFalse();
                assertThat(rig.loop.time()).isPositive();
                rig.loop.stop();
            });
            rig.loop.runForever();
            outside.join();
            rig.passes(1);
            assertThat(log).containsExactly("callback on the loop: true", "task said 42");
        }
    }

    @Test
    void callbacksAndTasksAndTheIdleOwnerAreOnTheLoop() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            assertThat(rig.loop.isLoopThread()).as("the thread that opened it").isTrue();
            List<Boolean> answers = new ArrayList<>();
            rig.loop.callSoon(() -> answers.add(rig.loop.isLoopThread()));
            rig.loop.callLater(Duration.ofMillis(1), () -> answers.add(rig.loop.isLoopThread()));
            rig.run(() -> {
                Task.sleep(Duration.ofMillis(2));
                return answers.add(rig.loop.isLoopThread());
            });
            assertThat(answers).containsExactly(true, true, true);
        }
    }

    @Test
    void whoRanTheLoopLastIsItsThreadAndWhoOpenedItIsNotAnyMore() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            FutureTask<Void> runner = new FutureTask<>(() -> {
                rig.passes(1);
                rig.loop.callSoon(() -> {});
                return null;
            });
            Thread.ofPlatform().start(runner);
            runner.get();
            assertThatThrownBy(() -> rig.loop.callSoon(() -> {})).isInstanceOf(WrongThreadException.class);
        }
    }

    /** It lends another thread to each run; the loop was nobody's after the first. */
    @Test
    void aVirtualThreadThatRunsALoopHasItAgainAfterEachRun() throws Exception {
        FutureTask<Void> program = new FutureTask<>(() -> {
            try (EventLoop loop = (EventLoop) LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults())) {
                for (int run = 0; run < 3; run++) {
                    assertThat(loop.runUntilComplete(loop.createTask(() -> 42))).isEqualTo(42);
                    assertThat(loop.isLoopThread()).isTrue();
                    assertThat(EventLoop.current()).as("the loop does not run").isNull();
                }
            }
            return null;
        });
        Thread.ofVirtual().start(program);
        program.get();
    }

    @Test
    void aCallbackThatIsNullIsRefusedAtOnce() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<Runnable> calls = List.of(
                    () -> rig.loop.callSoon(null),
                    () -> rig.loop.callSoonThreadsafe(null),
                    () -> rig.loop.callLater(Duration.ZERO, null),
                    () -> rig.loop.callAt(0, null),
                    () -> Task.create(rig.loop, null, null),
                    () -> Task.submit(rig.loop, null, null));
            for (Runnable call : calls) {
                assertThatThrownBy(call::run).isInstanceOf(NullPointerException.class);
            }
        }
    }

    private static void unchecked(Callable<?> call) {
        try {
            call.call();
        } catch (RuntimeException failed) {
            throw failed;
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }
}
