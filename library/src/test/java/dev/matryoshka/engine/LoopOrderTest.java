package dev.matryoshka.engine;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.Handle;
import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: the order within a pass is the one that {@code Loop} promises, and what a callback schedules waits for the next.
 *
 * <p>Method: a scripted kernel, whose polls are counted and whose readiness the test dictates; each callback notes its name
 * and the number of the poll before it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopOrderTest {
    private final List<String> log = new ArrayList<>();

    @Proves(
            value = {"call_soon", "S-42"},
            ports = "test_base_events.test__run_once")
    @Test
    void aPassRunsCallbacksThenIoThenTimersThenTasksThenFlushesThenCloses() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            FakeSocket closing = new FakeSocket();
            Channel closed = rig.engine.watch(closing, new Listener(rig, "never"));
            Channel channel = rig.engine.watch(new FakeSocket(), new Listener(rig, "io"));
            channel.wantRead(true);
            rig.kernel.nextPollReports(channel.token, READABLE);
            rig.loop.callAt(rig.loop.time(), () -> note(rig, "timer"));
            rig.loop.callSoon(() -> {
                note(rig, "callback");
                rig.engine.atPassEnd(() -> log.add("flush, closes=" + closing.closes));
                Task.create(rig.loop, null, () -> note(rig, "task"));
                closed.close();
            });
            rig.passes(1);
            assertThat(log).containsExactly("callback@1", "io@1", "timer@1", "task@1", "flush, closes=0");
            assertThat(closing.closes).isEqualTo(1);
            channel.close();
        }
    }

    @Proves(
            value = "call_soon",
            ports = {"test_events.test_call_soon", "test_base_events.test_call_soon"})
    @Test
    void callbacksRunFirstInFirstOut() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (int i = 0; i < 5; i++) {
                String name = "c" + i;
                rig.loop.callSoon(() -> note(rig, name));
            }
            rig.passes(1);
            assertThat(log).containsExactly("c0@1", "c1@1", "c2@1", "c3@1", "c4@1");
        }
    }

    @Proves(value = "call_soon", ports = "test_base_events.test__run_once_schedule_handle")
    @Test
    void whatACallbackSchedulesRunsInTheNextPassAfterAnotherPoll() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(() -> {
                rig.loop.callSoon(() -> note(rig, "second"));
                note(rig, "first");
            });
            rig.passes(1);
            assertThat(log).containsExactly("first@1");
            rig.passes(1);
            assertThat(log).containsExactly("first@1", "second@2");
        }
    }

    @Test
    void aTimerThatSchedulesItselfForNowRunsOnceInAPass() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Runnable again = new Runnable() {
                @Override
                public void run() {
                    note(rig, "zero");
                    rig.loop.callLater(Duration.ZERO, this);
                    rig.loop.callAt(rig.loop.time() - 1, () -> note(rig, "past"));
                }
            };
            rig.loop.callLater(Duration.ZERO, again);
            rig.passes(2);
            assertThat(log).containsExactly("zero@1", "past@2", "zero@2");
        }
    }

    @Test
    void aCallbackThatSchedulesItselfDoesNotStarveIo() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(new FakeSocket(), new Listener(rig, "io"));
            channel.wantRead(true);
            Runnable again = new Runnable() {
                @Override
                public void run() {
                    if (rig.kernel.polls.get() == 3) {
                        rig.kernel.nextPollReports(channel.token, READABLE);
                    }
                    if (rig.kernel.polls.get() < 10) {
                        rig.loop.callSoon(this);
                    } else {
                        rig.loop.stop();
                    }
                }
            };
            rig.loop.callSoon(again);
            rig.loop.runForever();
            assertThat(log).containsExactly("io@4");
            assertThat(rig.kernel.waits).as("polls that were allowed to wait").hasValue(0);
            channel.close();
        }
    }

    @Test
    void whatACallbackMakesReadableIsDispatchedInTheNextPass() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(new FakeSocket(), new Listener(rig, "io"));
            rig.kernel.nextPollReports(channel.token, READABLE);
            rig.passes(1);
            assertThat(log).as("nobody wanted to read").isEmpty();
            rig.loop.callSoon(() -> {
                note(rig, "resume");
                channel.wantRead(true);
            });
            rig.passes(1);
            assertThat(log).containsExactly("resume@2");
            rig.passes(1);
            assertThat(log).containsExactly("resume@2", "io@3");
            channel.close();
        }
    }

    @Test
    void aListenerThatLeftSomethingIsCalledAgainInTheNextPassWithoutASleep() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Listener greedy = new Listener(rig, "bite");
            greedy.again = true;
            Channel channel = rig.engine.watch(new FakeSocket(), greedy);
            channel.wantRead(true);
            rig.kernel.nextPollReports(channel.token, READABLE);
            rig.loop.callLater(Duration.ofDays(1), rig.loop::stop);
            rig.passes(3);
            assertThat(log).containsExactly("bite@1", "bite@2", "bite@3");
            assertThat(rig.kernel.waits).hasValue(0);
            channel.close();
        }
    }

    @Test
    void whatAnEarlierCallbackOfTheSamePassCancelsDoesNotRun() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Handle[] victims = new Handle[2];
            rig.loop.callSoon(() -> victims[0].cancel());
            victims[0] = rig.loop.callSoon(() -> note(rig, "cancelled"));
            rig.loop.callLater(Duration.ZERO, () -> victims[1].cancel());
            victims[1] = rig.loop.callLater(Duration.ZERO, () -> note(rig, "cancelled"));
            TimerHandle alive = rig.loop.callLater(Duration.ofDays(1), () -> note(rig, "far"));
            rig.passes(1);
            assertThat(log).isEmpty();
            assertThat(rig.engine.load().timers())
                    .as("only the far one is left")
                    .isEqualTo(1);
            alive.cancel();
        }
    }

    @Test
    void aFlushThatAsksForAnotherGetsItInTheSamePass() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(() -> rig.engine.atPassEnd(() -> {
                note(rig, "flush");
                rig.engine.atPassEnd(() -> note(rig, "again"));
            }));
            rig.passes(2);
            assertThat(log).containsExactly("flush@1", "again@1");
        }
    }

    @Test
    void aFlushThatAlwaysAsksForAnotherDoesNotHoldThePass() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            PassEndListener[] always = new PassEndListener[1];
            always[0] = () -> {
                note(rig, "flush");
                if (log.size() < 5) {
                    rig.engine.atPassEnd(always[0]);
                }
            };
            rig.loop.callSoon(() -> rig.engine.atPassEnd(always[0]));
            rig.passes(2);
            assertThat(log).containsExactly("flush@1", "flush@1", "flush@1", "flush@1", "flush@2");
            assertThat(rig.kernel.waits).as("without a sleep").hasValue(0);
        }
    }

    @Test
    void aTaskThatACallbackStartsTakesItsFirstStepInTheSamePass() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(() -> Task.create(rig.loop, null, () -> {
                note(rig, "step");
                Task.yield();
                return note(rig, "after yield");
            }));
            rig.passes(1);
            assertThat(log).containsExactly("step@1");
            rig.passes(1);
            assertThat(log).containsExactly("step@1", "after yield@2");
        }
    }

    @Test
    void tasksThatWakeEachOtherForEverDoNotStarveCallbacks() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            boolean[] done = new boolean[1];
            for (int i = 0; i < 2; i++) {
                Task.create(rig.loop, null, () -> {
                    while (!done[0]) {
                        Thread.yield(); // the JDK's: straight back into the run queue
                    }
                    return null;
                });
            }
            rig.loop.callLater(Duration.ofNanos(1), () -> note(rig, "timer"));
            rig.loop.callSoon(() -> rig.loop.callSoon(() -> done[0] = true));
            rig.kernel.pushClock(1);
            rig.passes(3);
            assertThat(log).containsExactly("timer@1");
            assertThat(rig.engine.load().tasks()).isZero();
        }
    }

    private Void note(LoopRig rig, String name) {
        log.add(name + "@" + rig.kernel.polls.get());
        return null;
    }

    private final class Listener implements ChannelListener {
        private final LoopRig rig;
        private final String name;
        private boolean again;

        private Listener(LoopRig rig, String name) {
            this.rig = rig;
            this.name = name;
        }

        @Override
        public boolean onReadable() {
            note(rig, name);
            return again;
        }

        @Override
        public void onWritable() {
            note(rig, name + " writable");
        }

        @Override
        public void onHangup() {
            note(rig, name + " hangup");
        }

        @Override
        public void onLoopClosing() {}
    }
}
