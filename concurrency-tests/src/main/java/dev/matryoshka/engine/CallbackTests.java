package dev.matryoshka.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Goal: of the run of a callback and its cancel by another thread exactly one takes place, and the handle says which. */
public class CallbackTests {
    private CallbackTests() {}

    /** The loop runs it while another thread cancels it. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it ran")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it was cancelled")
    @Outcome(expect = FORBIDDEN, desc = "both or neither")
    @State
    public static class RunAgainstCancel {
        private int ran;
        private final Callback callback = new Callback(() -> ran++);

        @Actor
        public void loop() {
            callback.run();
        }

        @Actor
        public void other() {
            callback.cancel();
        }

        @Arbiter
        public void outcome(II_Result result) {
            result.r1 = ran;
            result.r2 = callback.isCancelled() ? 1 : 0;
        }
    }

    /** The loop is being closed, and who posted too late takes its callback back: it must know at once. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it ran, and its poster knows")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "its poster has it back")
    @Outcome(expect = FORBIDDEN, desc = "both or neither")
    @State
    public static class RunOrYieldAgainstCancel {
        private int ran;
        private int cancelled;
        private final Callback callback = new Callback(() -> ran++);

        @Actor
        public void loop() {
            callback.runOrYield();
        }

        @Actor
        public void other() {
            cancelled = callback.tryCancel() ? 1 : 0;
        }

        @Arbiter
        public void outcome(II_Result result) {
            result.r1 = ran;
            result.r2 = cancelled;
        }
    }

    /** Two threads cancel: a door that is shut lets exactly one of them say that it was the reason. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "both or neither")
    @State
    public static class TwoCancels {
        private final Callback callback = new Callback(() -> {});

        @Actor
        public void first(II_Result result) {
            result.r1 = callback.tryCancel() ? 1 : 0;
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = callback.tryCancel() ? 1 : 0;
        }
    }
}
