package dev.matryoshka.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The broken twins of {@link MailTests}: look, then act, and a fence that is missing. They must show both, or neither. */
public class BrokenMailTests {
    private BrokenMailTests() {}

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
        private final Inbox inbox = new Inbox();
        private final MailHandle handle = inbox.put((Runnable) () -> ran++);

        @Actor
        public void loop() {
            MailTests.run(inbox.poll());
        }

        @Actor
        public void other() {
            cancelled = MailTests.tryCancel(handle);
        }

        @Arbiter
        public void outcome(II_Result result) {
            result.r1 = ran;
            result.r2 = cancelled;
        }
    }

    /** A cancel that looks and then stores, too: it may do so over the store of the run, for good. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "as it should be")
    @Outcome(expect = FORBIDDEN, desc = "both, which must show itself")
    @State
    public static class RunAgainstStore {
        private int ran;
        private final Inbox inbox = new Inbox();
        private final MailHandle handle = inbox.put((Runnable) () -> ran++);

        @Actor
        public void loop() {
            MailTests.run(inbox.poll());
        }

        @Actor
        public void other() {
            if (InboxChunk.look(handle.places, handle.place) instanceof Runnable) {
                InboxChunk.PLACE.setRelease(handle.places, handle.place, MailHandle.CANCELLED);
            }
        }

        @Arbiter
        public void outcome(II_Result result) {
            result.r1 = ran;
            result.r2 = handle.isCancelled() ? 1 : 0;
        }
    }

    /** The claim is a fence, but what fills the place comes after it: who looks whether the loop has ended needs another. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "as it should be")
    @Outcome(expect = FORBIDDEN, desc = "lost, which must show itself")
    @State
    public static class WithoutTheFence {
        private final MailTests.LastMail mail = new MailTests.LastMail();

        @Actor
        public void poster() {
            mail.put(false);
        }

        @Actor
        public void loop() {
            mail.close();
        }

        @Arbiter
        public void outcome(I_Result result) {
            result.r1 = mail.taken();
        }
    }
}
