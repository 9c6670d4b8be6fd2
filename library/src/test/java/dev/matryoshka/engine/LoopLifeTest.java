package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a loop runs, stops, runs again and is closed, in every order in which people call these.
 *
 * <p>Method: each order once, on a scripted kernel.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopLifeTest {
    private final List<String> log = new ArrayList<>();

    @Proves(value = "stop", ports = "test_base_events.test_run_once")
    @Test
    void stopFromACallbackEndsThePassFirst() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(rig.loop::stop);
            rig.loop.callSoon(() -> log.add("same pass"));
            rig.loop.callSoon(() -> rig.loop.callSoon(() -> log.add("next pass")));
            rig.loop.runForever();
            assertThat(log).containsExactly("same pass");
            rig.passes(1);
            assertThat(log).containsExactly("same pass", "next pass");
        }
    }

    @Proves(
            value = {"stop", "run_forever"},
            ports = "test_base_events.test_run_forever_pre_stopped")
    @Test
    void stopBeforeARunMakesThatRunOnePass() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.stop();
            rig.loop.callSoon(() -> log.add("ran"));
            rig.loop.runForever();
            assertThat(log).containsExactly("ran");
            assertThat(rig.kernel.polls).hasValue(1);
            assertThat(rig.kernel.lastTimeoutNanos).as("it did not sleep").isZero();
        }
    }

    @Test
    void stopFromAnotherThreadWakesALoopThatSleeps() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            Thread other = Thread.ofPlatform().start(() -> {
                try {
                    rig.kernel.awaitAsleep();
                } catch (InterruptedException stopped) {
                    return;
                }
                rig.loop.stop();
            });
            rig.loop.runForever();
            other.join();
            assertThat(rig.kernel.wakeups).hasValue(1);
        }
    }

    @Test
    void aLoopRunsAgainAfterItStopped() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (int i = 0; i < 3; i++) {
                String name = "run" + i;
                rig.loop.callSoon(() -> log.add(name + " " + rig.loop.isRunning()));
                rig.loop.callSoon(rig.loop::stop);
                rig.loop.runForever();
                assertThat(rig.loop.isRunning()).isFalse();
            }
            assertThat(log).containsExactly("run0 true", "run1 true", "run2 true");
        }
    }

    @Test
    void aTaskThatIsParkedWhenTheLoopStopsGoesOnInTheNextRun() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task<Void> task = Task.create(rig.loop, null, () -> {
                Task.sleep(Duration.ofSeconds(1));
                log.add("woke");
                return null;
            });
            rig.passes(2);
            assertThat(task.isDone()).isFalse();
            task.addDoneCallback(done -> rig.loop.stop());
            rig.loop.runForever();
            assertThat(log).containsExactly("woke");
        }
    }

    @Proves(
            value = "run_forever",
            ports = {"test_base_events.test_running_loop_within_a_loop", "test_events.test_run_until_complete_nesting"})
    @Test
    void runningALoopThatRunsFailsFromEverywhere() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(() -> assertThatThrownBy(rig.loop::runForever)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("already running"));
            AtomicReference<Throwable> outside = new AtomicReference<>();
            rig.run(() -> {
                assertThatThrownBy(rig.engine::runForever)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("already running");
                Thread other = Thread.ofPlatform().start(() -> outside.set(catchThrown(rig.engine::runForever)));
                other.join();
                return null;
            });
            assertThat(outside.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("already running");
        }
    }

    /** It would stand still as long as the other one runs; the check came after the hop to another thread, where it saw nothing. */
    @Test
    void runningAnotherLoopFailsFromACallbackAndFromATask() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime();
                LoopRig other = LoopRig.onVirtualTime()) {
            other.loop.stop(); // so that a run which is not refused ends
            rig.loop.callSoon(() -> log.add(String.valueOf(catchThrown(other.loop::runForever))));
            rig.run(() -> {
                other.loop.stop();
                return log.add(String.valueOf(catchThrown(other.loop::runForever)));
            });
            assertThat(log)
                    .hasSize(2)
                    .allSatisfy(message -> assertThat(message)
                            .contains("IllegalStateException")
                            .contains(rig.loop.name())
                            .contains("is running on this thread"));
        }
    }

    @Test
    void runUntilCompleteRefusesATaskOfAnotherLoop() {
        try (LoopRig rig = LoopRig.onVirtualTime();
                LoopRig other = LoopRig.onVirtualTime()) {
            Task<Integer> foreign = Task.create(other.loop, null, () -> 1);
            rig.loop.stop(); // so that a run which waits for it in vain ends
            assertThatThrownBy(() -> ((EventLoop) rig.loop).runUntilComplete(foreign))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another loop");
        }
    }

    @Test
    void anotherThreadThanTheOneThatOpenedALoopMayRunAndCloseIt() throws Exception {
        LoopRig rig = LoopRig.onVirtualTime();
        rig.loop.callSoon(() -> log.add("ran"));
        rig.loop.callSoon(rig.loop::stop);
        Thread runner = Thread.ofPlatform().start(rig.loop::runForever);
        runner.join();
        assertThat(log).containsExactly("ran");
        rig.close();
        assertThat(rig.loop.isClosed()).isTrue();
    }

    @Proves(value = "close", ports = "test_events.test_close_running_event_loop")
    @Test
    void closingALoopThatRunsFailsAndTheLoopLivesOn() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(() -> log.add(String.valueOf(catchThrown(rig.loop::close))));
            rig.run(() -> {
                log.add(String.valueOf(catchThrown(rig.loop::close)));
                return null;
            });
            assertThat(log)
                    .hasSize(2)
                    .allSatisfy(message -> assertThat(message)
                            .contains("IllegalStateException")
                            .contains("running"));
            assertThat(rig.loop.isClosed()).isFalse();
        }
    }

    @Test
    void closingTwiceIsClosingOnce() {
        LoopRig rig = LoopRig.onVirtualTime();
        rig.close();
        rig.loop.close();
        assertThat(rig.loop.isClosed()).isTrue();
    }

    @Proves(
            value = "close",
            ports = {"test_events.test_close", "test_base_events.test_close", "test_events.test_add_fds_after_closing"})
    @Test
    void afterCloseWhateverSchedulesThrows() {
        LoopRig rig = LoopRig.onVirtualTime();
        rig.close();
        Loop loop = rig.loop;
        List<Runnable> calls = List.of(
                () -> loop.callSoon(() -> {}),
                () -> loop.callSoonThreadsafe(() -> {}),
                () -> loop.callLater(Duration.ZERO, () -> {}),
                () -> loop.callAt(0, () -> {}),
                () -> loop.runInExecutor(() -> 1),
                () -> loop.runInExecutor(Runnable::run, () -> 1),
                () -> Task.create(loop, null, () -> 1),
                () -> Task.submit(loop, null, () -> 1),
                loop::runForever);
        for (int i = 0; i < calls.size(); i++) {
            assertThatThrownBy(calls.get(i)::run)
                    .as("call %d", i)
                    .isInstanceOf(LoopClosedException.class)
                    .hasMessageContaining(loop.name());
        }
        loop.stop(); // harmless, as in asyncio
    }

    @Test
    void closeDropsTimersAndLateCallbacksAndClosesChannels() throws IOException {
        LoopRig rig = LoopRig.onVirtualTime();
        FakeSocket socket = new FakeSocket();
        Stubborn stubborn = new Stubborn();
        rig.engine.watch(socket, stubborn);
        rig.loop.callLater(Duration.ofDays(1), () -> log.add("never"));
        rig.loop.close();
        assertThat(rig.reported())
                .singleElement()
                .satisfies(context -> assertThat(context.message()).isEqualTo("Exception while closing the loop"));
        rig.close();
        assertThat(log).isEmpty();
        assertThat(stubborn.told).as("the listener was told once").isEqualTo(1);
        assertThat(socket.deregistered).isTrue();
        assertThat(socket.closes).as("closed although the listener did nothing").isEqualTo(1);
    }

    @Test
    void closeDeliversWhatWasScheduledBeforeAndWhatThatSchedules() {
        LoopRig rig = LoopRig.onVirtualTime();
        rig.loop.callSoon(() -> {
            log.add("first");
            rig.loop.callSoon(() -> log.add("second"));
        });
        rig.close();
        assertThat(log).containsExactly("first", "second");
    }

    @Test
    void aCallbackThatSchedulesItselfForEverDoesNotKeepCloseFromEnding() {
        LoopRig rig = LoopRig.onVirtualTime();
        Runnable again = new Runnable() {
            @Override
            public void run() {
                rig.loop.callSoon(this);
            }
        };
        rig.loop.callSoon(again);
        rig.close();
        assertThat(rig.loop.isClosed()).isTrue();
    }

    @Test
    void closeReleasesTheKernelEvenWhenThePollerIsBroken() {
        LoopRig rig = LoopRig.onVirtualTime();
        Task.create(rig.loop, null, () -> {
            Task.sleep(Duration.ofDays(1));
            return null;
        });
        rig.passes(1);
        rig.kernel.pollFailure = new IllegalStateException("broken poller");
        assertThatThrownBy(rig.loop::close).hasMessage("broken poller");
        rig.loop.close();
        assertThat(rig.kernel.closed).isTrue();
        assertThat(rig.loop.isClosed()).isTrue();
    }

    @Test
    void closeCancelsTasksAndWaitsForTheirEnd() throws Exception {
        LoopRig rig = LoopRig.onVirtualTime();
        Task<Void> task = Task.create(rig.loop, null, () -> {
            try {
                Task.sleep(Duration.ofDays(1));
            } finally {
                Task.yield();
                log.add("cleaned up");
            }
            return null;
        });
        Task<Void> neverStarted = Task.create(rig.loop, null, () -> {
            log.add("started");
            return null;
        });
        rig.passes(1);
        Task<Void> fresh = Task.create(rig.loop, null, () -> null);
        rig.close();
        assertThat(log).containsExactly("started", "cleaned up");
        assertThat(task.isCancelled()).isTrue();
        assertThat(neverStarted.isCancelled()).isFalse();
        assertThat(fresh.isCancelled()).isTrue();
    }

    @Test
    void anErrorOfThePollerEndsTheRunWithItAndTheLoopCanRunAgain() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (Throwable failure : List.of(new IllegalStateException("boom"), new StackOverflowError("boom"))) {
                rig.kernel.pollFailure = failure;
                assertThatThrownBy(rig.loop::runForever).isSameAs(failure);
                assertThat(rig.loop.isRunning()).isFalse();
            }
            rig.loop.callSoon(() -> log.add("ran"));
            rig.passes(1);
            assertThat(log).containsExactly("ran");
        }
    }

    @Test
    void anInterruptThatNobodyTookStandsOnTheThreadWhenTheRunEnds() {
        Thread runner = Thread.currentThread();
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(runner::interrupt);
            rig.passes(1);
            assertThat(Thread.interrupted()).isTrue();
            rig.passes(1);
            assertThat(Thread.interrupted()).as("it was there once").isFalse();
        }
    }

    /** Who interrupts rings the bell when it has let go of the thread: the run may be over by then. */
    @Test
    void anInterruptThatIsHeardAfterTheRunStandsOnTheThread() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.passes(1);
            rig.engine.noteInterrupt();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void anInterruptOfAVirtualCallerThatNobodyTookIsItsOwnAgain() throws Exception {
        FutureTask<Boolean> program = new FutureTask<>(() -> {
            Thread runner = Thread.currentThread();
            try (LoopRig rig = LoopRig.onVirtualTime()) {
                rig.loop.callSoon(runner::interrupt);
                rig.loop.callSoon(rig.loop::stop);
                rig.loop.runForever();
                return Thread.interrupted();
            }
        });
        Thread.ofVirtual().start(program);
        assertThat(program.get()).isTrue();
    }

    @Test
    void anErrorOfMainReachesAVirtualCallerOfRunAsItIs() throws Exception {
        StackOverflowError error = new StackOverflowError("deep");
        FutureTask<@Nullable Throwable> program = new FutureTask<>(() -> {
            try {
                EventLoop.run(loop -> {
                    throw error;
                });
                return null;
            } catch (Throwable thrown) {
                return thrown;
            }
        });
        Thread.ofVirtual().start(program);
        assertThat(program.get()).isSameAs(error);
    }

    @Test
    void twoLoopsOnTwoThreadsKnowTheirOwn() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        List<Thread> threads = new ArrayList<>();
        List<Loop> seen = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 2; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                Loop loop = LoopRig.open(ScriptedKernel.onRealTime(), LoopOptions.defaults());
                Task.create(loop, null, () -> {
                    both.countDown();
                    both.await();
                    seen.add(CurrentLoop.get());
                    assertThat(CurrentLoop.get()).isSameAs(loop);
                    loop.stop();
                    return null;
                });
                loop.runForever();
                loop.close();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(seen).hasSize(2).doesNotHaveDuplicates();
        assertThat(CurrentLoop.get()).isNull();
    }

    private static Throwable catchThrown(Runnable call) {
        try {
            call.run();
            return new AssertionError("nothing was thrown");
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    private static final class Stubborn implements ChannelListener {
        private int told;

        @Override
        public boolean onReadable() {
            return false;
        }

        @Override
        public void onWritable() {}

        @Override
        public void onHangup() {}

        @Override
        public void onLoopClosing() {
            told++;
            throw new UnsupportedOperationException("and it does not even do that");
        }
    }

    @Test
    void aGroupThatIsOpenedWhileTheLoopEndsDoesNotWaitForTasksThatNeverStart() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            CompletableFuture<Boolean> gate = new CompletableFuture<>();
            List<String> seen = new ArrayList<>();
            Task.create(rig.loop, "stubborn", () -> {
                gate.join(); // whatever interrupts it
                Thread.interrupted();
                TaskGroup.run(group -> seen.add(String.valueOf(
                        group.createTask(() -> seen.add("started")).isCancelled())));
                return seen.add("left the group");
            });
            rig.passes(2);
            rig.engine.ending().atClose(() -> gate.complete(true));
            ((EventLoop) rig.loop).close();
            assertThat(rig.reported()).as("the task that would not end").hasSize(1);
            assertThat(seen).containsExactly("true", "left the group");
        }
    }
}
