package dev.matryoshka.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Goal: of the run of a posted callback and its cancel by another thread exactly one takes place, and the handle says which; and of
 * those who want to know at once, each does. And nothing is lost when the loop ends.
 */
public class MailTests {
    private MailTests() {}

    /** As the loop does with what it has taken. */
    static void run(@Nullable Object mail) {
        if (mail instanceof Runnable body) {
            body.run();
        }
    }

    static int tryCancel(MailHandle handle) {
        return MailHandle.tryCancel(handle.places, handle.place) ? 1 : 0;
    }

    /** The loop runs it from where it lies while another thread cancels it. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it ran")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it was cancelled")
    @Outcome(expect = FORBIDDEN, desc = "both or neither")
    @State
    public static class RunAgainstCancel {
        private int ran;
        private final Inbox inbox = new Inbox();
        private final MailHandle handle = inbox.put((Runnable) () -> ran++);

        @Actor
        public void loop() {
            run(inbox.poll());
        }

        @Actor
        public void other() {
            handle.cancel();
        }

        @Arbiter
        public void outcome(II_Result result) {
            result.r1 = ran;
            result.r2 = handle.isCancelled() ? 1 : 0;
        }
    }

    /** It has moved, or the loop is being closed, and who posted too late takes it back: it must know at once. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it ran, and its poster knows")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "its poster has it back")
    @Outcome(expect = FORBIDDEN, desc = "both or neither")
    @State
    public static class TakeAgainstCancel {
        private int ran;
        private int cancelled;
        private final MailHandle handle = new Inbox().put((Runnable) () -> ran++);

        @Actor
        public void loop() {
            run(handle.take());
        }

        @Actor
        public void other() {
            cancelled = tryCancel(handle);
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
        private final MailHandle handle = new Inbox().put((Runnable) () -> {});

        @Actor
        public void first(II_Result result) {
            result.r1 = tryCancel(handle);
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = tryCancel(handle);
        }
    }

    /** A loop that has ended drops it while its poster takes it back: dropped is not gone, or nobody would be told. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "its poster has it back")
    @Outcome(expect = FORBIDDEN, desc = "its poster believes that it ran, or that it may still run")
    @State
    public static class DropAgainstCancel {
        private final MailHandle handle = new Inbox().put((Runnable) () -> {});

        @Actor
        public void closed() {
            handle.drop();
        }

        @Actor
        public void poster(II_Result result) {
            result.r1 = tryCancel(handle);
        }

        @Arbiter
        public void outcome(II_Result result) {
            result.r2 = handle.isCancelled() ? 1 : 0;
        }
    }

    /** A handle goes to another thread through a race: it finds its place all the same. */
    @JCStressTest
    @Outcome(
            id = {"-1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "not there yet, or cancelled")
    @Outcome(expect = FORBIDDEN, desc = "it does not know where its callback lies")
    @State
    public static class HandOver {
        private final Inbox inbox = new Inbox();

        @SuppressWarnings("NullAway.Init")
        private MailHandle shared;

        @Actor
        public void poster() {
            shared = inbox.put((Runnable) () -> {});
        }

        @Actor
        public void other(II_Result result) {
            MailHandle seen = shared;
            if (seen == null) {
                result.r1 = -1;
                return;
            }
            seen.cancel();
            result.r2 = seen.isCancelled() ? 1 : 0;
        }
    }

    /** A loop that ends takes what lies there; who comes later takes what it finds, its own put at least. */
    static final class LastMail {
        private final Inbox inbox = new Inbox();
        private volatile boolean closed;
        private int taken;

        void put(boolean fence) {
            inbox.put(this);
            if (fence) {
                VarHandle.fullFence();
            }
            if (closed) {
                takeAll();
            }
        }

        void close() {
            closed = true;
            takeAll();
        }

        /** As {@code Carrier.rescue}: one at a time, and never waiting for a put that is half done. */
        private synchronized void takeAll() {
            while (inbox.poll() != null) {
                taken++;
            }
        }

        int taken() {
            return taken;
        }
    }

    /** A thread posts what must not be lost while the loop ends: one of the two takes it. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "one of them has it")
    @Outcome(expect = FORBIDDEN, desc = "each believes that the other one has it")
    @State
    public static class PutAgainstEnd {
        private final LastMail mail = new LastMail();

        @Actor
        public void poster() {
            mail.put(true);
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
