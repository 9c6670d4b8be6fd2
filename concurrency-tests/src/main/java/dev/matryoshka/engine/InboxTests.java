package dev.matryoshka.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Goal: what several threads put is taken once each, in the order of each thread, and with all that was written before. */
public class InboxTests {
    private InboxTests() {}

    private static int take(Inbox inbox) {
        Integer entry = (Integer) inbox.poll();
        return entry == null ? 0 : entry;
    }

    /** Two threads put; afterwards both entries are there, and nothing else. */
    @JCStressTest
    @Outcome(
            id = {"1, 2, 0", "2, 1, 0"},
            expect = ACCEPTABLE,
            desc = "both, in either order")
    @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
    @State
    public static class TwoProducers {
        private final Inbox inbox = new Inbox();

        @Actor
        public void first() {
            inbox.put(1);
        }

        @Actor
        public void second() {
            inbox.put(2);
        }

        @Arbiter
        public void drain(III_Result result) {
            result.r1 = take(inbox);
            result.r2 = take(inbox);
            result.r3 = inbox.isEmpty() ? take(inbox) : -1;
        }
    }

    /** One thread puts two entries while the loop takes. */
    @JCStressTest
    @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "taken afterwards")
    @Outcome(
            id = {"0, 1, 2", "1, 0, 2"},
            expect = ACCEPTABLE,
            desc = "one meanwhile, one afterwards")
    @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "both meanwhile")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled or overtaken")
    @State
    public static class ProducerAndLoop {
        private final Inbox inbox = new Inbox();

        @Actor
        public void producer() {
            inbox.put(1);
            inbox.put(2);
        }

        @Actor
        public void loop(III_Result result) {
            result.r1 = take(inbox);
            result.r2 = take(inbox);
        }

        @Arbiter
        public void next(III_Result result) {
            result.r3 = take(inbox);
        }
    }

    /** What was written before the put is seen by who takes the entry. */
    @JCStressTest
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "nothing there yet")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the entry with its content")
    @Outcome(id = "0", expect = FORBIDDEN, desc = "the entry without its content")
    @State
    public static class Publication {
        private static final class Mail {
            int content;
        }

        private final Inbox inbox = new Inbox();
        private final Mail mail = new Mail();

        @Actor
        public void producer() {
            mail.content = 1;
            inbox.put(mail);
        }

        @Actor
        public void loop(I_Result result) {
            Mail taken = (Mail) inbox.poll();
            result.r1 = taken == null ? -1 : taken.content;
        }
    }

    /** Two threads find the first chunk full at once, while the loop goes from it to the second. */
    @JCStressTest
    @Outcome(id = "3", expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
    @State
    public static class NextChunk {
        private final Inbox inbox = new Inbox();
        private int meanwhile;

        public NextChunk() {
            for (int i = 0; i < InboxChunk.PLACES; i++) {
                inbox.put(0);
            }
            for (int i = 0; i < InboxChunk.PLACES; i++) {
                inbox.poll();
            }
        }

        @Actor
        public void first() {
            inbox.put(1);
        }

        @Actor
        public void second() {
            inbox.put(2);
        }

        @Actor
        public void loop() {
            meanwhile = take(inbox) + take(inbox);
        }

        @Arbiter
        public void drain(I_Result result) {
            int afterwards = take(inbox) + take(inbox);
            result.r1 = inbox.isEmpty() ? meanwhile + afterwards : -1;
        }
    }

    /** A poll that finds nothing although isEmpty says otherwise is a put half done; never the other way round. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "empty or not, and then taken or not")
    @Outcome(
            id = {"1, -1", "0, -1"},
            expect = FORBIDDEN,
            desc = "said to be empty after the put had ended")
    @State
    public static class EmptyIsHonest {
        private final Inbox inbox = new Inbox();
        private volatile boolean done;

        @Actor
        public void producer() {
            inbox.put(1);
            done = true;
        }

        @Actor
        public void loop(II_Result result) {
            boolean ended = done;
            boolean empty = inbox.isEmpty();
            result.r1 = empty ? 1 : 0;
            result.r2 = ended && empty ? -1 : take(inbox);
        }
    }
}
