package dev.matryoshka.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Goal: no wake-up is lost between a loop that goes to sleep and a thread that posts, and one caller rings per sleep. */
public class DoorbellTests {
    private DoorbellTests() {}

    /** What the engine does before a poll that may wait, against what callSoonThreadsafe does. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the loop saw the mail and stayed awake")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "both noticed: one ring too many, harmless")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the loop sleeps and is rung at")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the loop sleeps on its mail: a lost wake-up")
    @State
    public static class SleepAgainstPost {
        private final Inbox inbox = new Inbox();
        private final Doorbell doorbell = new Doorbell();

        @Actor
        public void loop(II_Result result) {
            doorbell.asleep();
            result.r1 = inbox.isEmpty() ? 1 : 0;
        }

        @Actor
        public void poster(II_Result result) {
            inbox.put("mail");
            result.r2 = doorbell.mustRing() ? 1 : 0;
        }
    }

    /** Two threads post to a loop that sleeps. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them rings")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "nobody rings")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "two writes for one sleep")
    @State
    public static class TwoPosters {
        private final Doorbell doorbell = new Doorbell();

        public TwoPosters() {
            doorbell.asleep();
        }

        @Actor
        public void first(II_Result result) {
            result.r1 = doorbell.mustRing() ? 1 : 0;
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = doorbell.mustRing() ? 1 : 0;
        }
    }
}
