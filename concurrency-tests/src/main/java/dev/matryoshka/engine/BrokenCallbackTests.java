package dev.matryoshka.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The broken twin of {@link CallbackTests}: look, then act. It must show that both take place. */
public class BrokenCallbackTests {
    private BrokenCallbackTests() {}

    private static final class BrokenCallback {
        private volatile @Nullable Runnable body;
        private volatile boolean cancelled;

        BrokenCallback(Runnable body) {
            this.body = body;
        }

        void run() {
            Runnable due = body;
            if (due != null) {
                body = null;
                due.run();
            }
        }

        void cancel() {
            if (body != null) {
                body = null;
                cancelled = true;
            }
        }
    }

    /** A run that only looks, where who cancels acts on the answer. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "as it should be")
    @Outcome(expect = FORBIDDEN, desc = "both, which must show itself")
    @State
    public static class LookAgainstCancel {
        private int ran;
        private int cancelled;
        private final Callback callback = new Callback(() -> ran++);

        @Actor
        public void loop() {
            callback.run();
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

    /** The loop runs it while another thread cancels it. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "as it should be")
    @Outcome(expect = FORBIDDEN, desc = "both, which must show itself")
    @State
    public static class RunAgainstCancel {
        private int ran;
        private final BrokenCallback callback = new BrokenCallback(() -> ran++);

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
            result.r2 = callback.cancelled ? 1 : 0;
        }
    }
}
