package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Goal: code of a loop finds it, whatever it does with its own thread; code of nobody finds none. */
class CurrentLoopTest {
    @Test
    void tasksAndCallbacksFindTheirLoop() throws Exception {
        try (TestLoop testLoop = TestLoop.over(Net.MEMORY)) {
            testLoop.run(() -> {
                AtomicReference<Loop> inCallback = new AtomicReference<>();
                testLoop.loop.callSoon(() -> inCallback.set(EventLoop.current()));
                testLoop.until("the callback ran", () -> inCallback.get() != null);

                assertThat(EventLoop.current()).isSameAs(testLoop.loop);
                assertThat(inCallback.get()).isSameAs(testLoop.loop);
            });
        }
        assertThat(EventLoop.current()).isNull();
    }

    /** The mark by which a thread knows its loop is one that anybody may overwrite. */
    @Test
    void aTaskWithAnUncaughtExceptionHandlerOfItsOwnStillFindsItsLoop() throws Exception {
        try (TestLoop testLoop = TestLoop.over(Net.MEMORY)) {
            testLoop.run(() -> {
                Thread.currentThread().setUncaughtExceptionHandler((thread, escaped) -> {});

                assertThat(EventLoop.current()).isSameAs(testLoop.loop);
                assertThat(Task.current()).isNotNull();
                Task.yield();
                assertThat(EventLoop.current()).isSameAs(testLoop.loop);
            });
        }
    }

    @Test
    void aThreadThatATaskStartsIsOnNoLoop() throws Exception {
        List<Loop> found = new ArrayList<>();
        try (TestLoop testLoop = TestLoop.over(Net.MEMORY)) {
            testLoop.run(() -> {
                Thread child = Thread.ofVirtual().start(() -> found.add(EventLoop.current()));
                child.join();
            });
        }
        assertThat(found).hasSize(1).containsOnlyNulls();
    }

    @Test
    void whatEscapesAThreadOfTheLoopIsTold() {
        IllegalStateException escaped = new IllegalStateException("past everything");
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoon(() -> rig.engine
                    .carrier()
                    .start(rig.engine.carrier().unstarted("stray", () -> {
                        throw escaped;
                    })));
            for (int pass = 0; pass < 3; pass++) {
                rig.loop.stop();
                rig.loop.runForever();
            }

            List<ExceptionContext> told = rig.reported();
            assertThat(told).hasSize(1);
            assertThat(told.getFirst().exception()).isSameAs(escaped);
        }
    }
}
