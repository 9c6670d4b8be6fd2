package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.ExceptionHandler;
import dev.matryoshka.loop.Handle;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: what escapes a callback is told once, with who was involved, and the loop lives on, whatever it was and whatever the
 * handler does.
 *
 * <p>Method: callbacks of each kind that throw; handlers that note, throw, or are absent, then the log records of the
 * default handler.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopExceptionsTest {
    private final List<String> log = new ArrayList<>();

    @Proves(
            value = "set_exception_handler",
            ports = {"test_base_events.test_default_exc_handler_callback", "test_events.test_callback_with_exception"})
    @Test
    void whatEscapesACallbackIsReportedOnceWithItsHandle() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            IllegalStateException boom = new IllegalStateException("boom");
            Handle handle = rig.loop.callSoon(() -> {
                throw boom;
            });
            rig.loop.callSoon(() -> log.add("next"));
            rig.passes(1);
            assertThat(log).containsExactly("next");
            assertThat(rig.reported()).singleElement().satisfies(context -> {
                assertThat(context.exception()).isSameAs(boom);
                assertThat(context.message()).isEqualTo("Exception in callback");
                assertThat(context.details()).containsEntry("handle", handle);
            });
        }
    }

    @Test
    void whatEscapesATimerAnIoCallbackOrAFlushIsReportedToo() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callLater(Duration.ZERO, () -> {
                throw new IllegalStateException("timer");
            });
            Channel channel = rig.engine.watch(new FakeSocket(), new Throwing());
            channel.wantRead(true);
            rig.kernel.nextPollReports(channel.token, Readiness.READABLE);
            rig.loop.callSoon(() -> rig.engine.atPassEnd(() -> {
                throw new IllegalStateException("flush");
            }));
            rig.passes(1);
            assertThat(rig.reported())
                    .extracting(ExceptionContext::message)
                    .containsExactly(
                            "Exception in I/O callback", "Exception in timer", "Exception while flushing writes");
            channel.close();
        }
    }

    @Test
    void theLoopSurvivesErrorsAndExceptionsThatNobodyDeclared() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<Throwable> thrown = List.of(
                    new OutOfMemoryError("not really"),
                    new AssertionError("wrong"),
                    new InterruptedException("sneaked"),
                    new Throwable("neither"));
            thrown.forEach(throwable -> rig.loop.callSoon(() -> sneak(throwable)));
            rig.loop.callSoon(this::recurseForEver);
            rig.passes(1);
            List<ExceptionContext> reported = rig.reported();
            assertThat(reported).hasSize(5);
            assertThat(reported.subList(0, 4))
                    .extracting(ExceptionContext::exception)
                    .isEqualTo(thrown);
            assertThat(reported.get(4).exception()).isInstanceOf(StackOverflowError.class);
            rig.loop.callSoon(() -> log.add("alive"));
            rig.passes(1);
            assertThat(log).containsExactly("alive");
        }
    }

    @Proves(value = "set_exception_handler", ports = "test_base_events.test_set_exc_handler_custom")
    @Test
    void aHandlerGetsTheLoopAndCanBeAskedForAndTakenBack() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            ExceptionHandler handler = (loop, context) -> log.add(loop.name() + ": " + context.describe());
            rig.loop.setExceptionHandler(handler);
            assertThat(rig.loop.exceptionHandler()).isSameAs(handler);
            rig.loop.callExceptionHandler(ExceptionContext.of("by hand", null).with("task", 1));
            assertThat(log).containsExactly(rig.loop.name() + ": by hand; task=1");
            rig.loop.setExceptionHandler(null);
            assertThat(rig.loop.exceptionHandler()).isNull();
        }
    }

    @Test
    void aHandlerMayScheduleAndItsWorkRuns() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.setExceptionHandler((loop, context) -> loop.callSoon(() -> log.add("handled")));
            rig.loop.callSoon(() -> {
                throw new IllegalStateException("boom");
            });
            rig.passes(2);
            assertThat(log).containsExactly("handled");
        }
    }

    @Test
    void withoutAHandlerOneErrorRecordIsLoggedWithTheException() {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime(LoopOptions.defaults().withName("quiet"))) {
            rig.loop.setExceptionHandler(null);
            IllegalStateException boom = new IllegalStateException("boom");
            rig.loop.callSoon(() -> {
                throw boom;
            });
            rig.passes(1);
            assertThat(records.taken()).singleElement().satisfies(logged -> {
                assertThat(logged.getLevel()).isEqualTo(Level.SEVERE);
                assertThat(logged.getMessage()).startsWith("quiet: Exception in callback; handle=Handle[");
                assertThat(logged.getThrown()).isSameAs(boom);
            });
        }
    }

    @Proves(value = "set_exception_handler", ports = "test_base_events.test_set_exc_handler_broken")
    @Test
    void aHandlerThatThrowsIsReportedByTheDefaultOneAndBothFailuresAreSeen() {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime()) {
            IllegalStateException ofHandler = new IllegalStateException("handler");
            rig.loop.setExceptionHandler((loop, context) -> {
                throw ofHandler;
            });
            rig.loop.callSoon(() -> {
                throw new IllegalArgumentException("callback");
            });
            rig.loop.callSoon(() -> log.add("alive"));
            rig.passes(1);
            assertThat(log).containsExactly("alive");
            assertThat(records.taken())
                    .extracting(LogRecord::getThrown)
                    .extracting(Throwable::getMessage)
                    .containsExactly("callback", "handler");
        }
    }

    @Proves(value = "set_exception_handler", ports = "test_base_events.test_default_exc_handler_broken")
    @Test
    void aLoggerThatThrowsDoesNotEndTheLoop() {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop");
                LoopRig rig = LoopRig.onVirtualTime()) {
            records.throwing = new IllegalStateException("the disk is full");
            rig.loop.setExceptionHandler(null);
            rig.loop.callSoon(() -> {
                throw new IllegalArgumentException("callback");
            });
            rig.loop.callSoon(() -> rig.kernel.pushClock(Duration.ofSeconds(1).toNanos())); // a slow pass is logged too
            rig.loop.callSoon(() -> log.add("alive"));
            rig.passes(2);
            assertThat(log).containsExactly("alive");
            assertThat(records.taken()).isNotEmpty();
        }
    }

    @Test
    void inDebugModeAnExceptionTellsWhereItsCallbackWasScheduled() {
        try (LoopRig rig = LoopRig.onVirtualTime(LoopOptions.defaults().withDebug(true))) {
            scheduleHere(rig);
            rig.passes(1);
            Throwable origin = rig.reported().getFirst().exception().getSuppressed()[0];
            assertThat(origin).hasMessage("scheduled here");
            assertThat(origin.getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("scheduleHere"));
        }
    }

    @Test
    void withoutDebugModeAnExceptionIsNotTouched() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            scheduleHere(rig);
            rig.passes(1);
            assertThat(rig.reported().getFirst().exception().getSuppressed()).isEmpty();
        }
    }

    private static void scheduleHere(LoopRig rig) {
        rig.loop.callSoon(() -> {
            throw new IllegalStateException("boom");
        });
    }

    private int recurseForEver() {
        return recurseForEver() + 1;
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> void sneak(Throwable thrown) throws X {
        throw (X) thrown;
    }

    private static final class Throwing implements ChannelListener {
        @Override
        public boolean onReadable() {
            throw new IllegalStateException("io");
        }

        @Override
        public void onWritable() {}

        @Override
        public void onHangup() {}

        @Override
        public void onLoopClosing() {}
    }
}
