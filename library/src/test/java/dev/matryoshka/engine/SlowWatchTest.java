package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.logging.LogRecord;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: whatever holds the loop too long is told, callbacks and tasks alike; in debug mode by name.
 *
 * <p>Method: callbacks and tasks that push the virtual clock, as if they had taken that long; the warnings, the counter and
 * the events of the flight recorder.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowWatchTest {
    private static final LoopOptions WATCHED = LoopOptions.defaults().withSlowCallback(Duration.ofMillis(50));
    private static final long SLOW = Duration.ofMillis(50).toNanos();

    @Test
    void aSlowCallbackIsToldWithItsPass() {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED)) {
            rig.loop.callSoon(() -> rig.kernel.pushClock(SLOW));
            rig.passes(1);
            assertThat(messages(records))
                    .singleElement()
                    .satisfies(message -> assertThat(message)
                            .contains("a pass with 0 I/O callbacks, 1 callbacks, 0 timers and 0 tasks took PT0.05S"));
            assertThat(rig.engine.counters().slow).isEqualTo(1);
        }
    }

    @Test
    void oneNanosecondLessIsNotSlow() {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED)) {
            rig.loop.callSoon(() -> rig.kernel.pushClock(SLOW - 1));
            rig.passes(2);
            assertThat(records.taken()).isEmpty();
            assertThat(rig.engine.counters().slow).isZero();
        }
    }

    @Test
    void sleepingIsNotSlow() throws Exception {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED)) {
            rig.run(() -> {
                Task.sleep(Duration.ofDays(1));
                return null;
            });
            assertThat(records.taken()).isEmpty();
        }
    }

    @Test
    void aSlowTaskIsToldWithItsPass() throws Exception {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED)) {
            rig.run(() -> {
                Task.yield();
                rig.kernel.pushClock(SLOW);
                Task.yield();
                return null;
            });
            assertThat(messages(records))
                    .singleElement()
                    .satisfies(message -> assertThat(message).contains("1 tasks took PT0.05S"));
        }
    }

    @Proves(value = "set_debug", ports = "test_base_events.test_log_slow_callbacks")
    @Test
    void inDebugModeASlowCallbackAndASlowTaskAreNamed() throws Exception {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED.withDebug(true))) {
            Runnable named = new Runnable() {
                @Override
                public void run() {
                    rig.kernel.pushClock(SLOW);
                }

                @Override
                public String toString() {
                    return "the slow callback";
                }
            };
            rig.loop.callSoon(named);
            rig.loop.callLater(Duration.ZERO, named);
            Task.create(rig.loop, "quick", () -> null);
            Task.create(rig.loop, "the-slow-task", () -> {
                Task.yield();
                rig.kernel.pushClock(SLOW * 2);
                Task.yield();
                return null;
            });
            rig.passes(5);
            assertThat(messages(records))
                    .anySatisfy(message -> assertThat(message)
                            .matches(".*Handle\\[the slow callback scheduled at"
                                    + " .*SlowWatchTest.inDebugMode.*\\] took PT0.05S"))
                    .anySatisfy(message ->
                            assertThat(message).contains("Timer[when=").contains("the slow callback"))
                    .anySatisfy(message -> assertThat(message).contains("task the-slow-task took PT0.1S"))
                    .noneSatisfy(message -> assertThat(message).contains("quick"));
        }
    }

    @Test
    void inDebugModeASlowCallbackFromAnotherThreadIsNamedToo() throws Exception {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED.withDebug(true))) {
            Thread.ofPlatform()
                    .start(() -> rig.loop.callSoonThreadsafe(() -> rig.kernel.pushClock(SLOW)))
                    .join();
            rig.passes(1);
            assertThat(messages(records))
                    .anySatisfy(message -> assertThat(message)
                            .matches(".*Handle\\[.* scheduled at .*SlowWatchTest.*\\] took PT0.05S"));
        }
    }

    @Test
    void aNameThatCannotBeMadeDoesNotEndTheLoop() {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED.withDebug(true))) {
            rig.loop.callSoon(new Runnable() {
                @Override
                public void run() {
                    rig.kernel.pushClock(SLOW);
                }

                @Override
                public String toString() {
                    throw new IllegalStateException("no name");
                }
            });
            rig.passes(2);
            assertThat(records.taken()).isNotEmpty();
            assertThat(rig.engine.counters().passes).isEqualTo(2);
        }
    }

    @Test
    void theFlightRecorderGetsSlowCallbacksByDefaultAndPassesWhenAsked(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("loop.jfr");
        try (Recording recording = new Recording();
                LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(WATCHED.withName("recorded"))) {
            recording.start();
            rig.passes(1); // passes are not recorded yet
            recording.enable("matryoshka.LoopPass");
            rig.loop.callSoon(() -> rig.kernel.pushClock(SLOW));
            Task.create(rig.loop, null, () -> null);
            rig.passes(1);
            recording.stop();
            recording.dump(file);
            assertThat(records.taken()).hasSize(1);
        }
        assertThat(Files.size(file)).isPositive();
        List<RecordedEvent> ours = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("matryoshka."))
                .toList();
        RecordedEvent slow = only(ours, "matryoshka.SlowCallback");
        assertThat(slow.getString("loop")).isEqualTo("recorded");
        assertThat(slow.getDuration("took")).isEqualTo(Duration.ofMillis(50));
        RecordedEvent pass = only(ours, "matryoshka.LoopPass");
        assertThat(pass.getString("loop")).isEqualTo("recorded");
        assertThat(pass.getDuration("busy")).isEqualTo(Duration.ofMillis(50));
        assertThat(pass.getInt("callbacks")).isEqualTo(1);
    }

    private static RecordedEvent only(List<RecordedEvent> events, String name) {
        List<RecordedEvent> named = events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
        assertThat(named).as(name).hasSize(1);
        return named.getFirst();
    }

    private static List<String> messages(LogCapture records) {
        return records.taken().stream().map(LogRecord::getMessage).toList();
    }
}
