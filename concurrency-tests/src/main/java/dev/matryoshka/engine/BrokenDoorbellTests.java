package dev.matryoshka.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The broken twins of {@link DoorbellTests}: the same protocol with one step left out. Each must show the forbidden outcome,
 * or the tests of the whole one prove nothing.
 */
public class BrokenDoorbellTests {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(BrokenDoorbell.class, "state", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private BrokenDoorbellTests() {}

    private static final class BrokenDoorbell {
        private int state;

        /** Without the fence: the store may wait in the store buffer while the inbox is read. */
        void asleep() {
            STATE.setOpaque(this, 1);
        }

        boolean mustRing() {
            return (int) STATE.getOpaque(this) == 1 && STATE.compareAndSet(this, 1, 0);
        }
    }

    /** Without the fence of the loop. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "as it should be")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the lost wake-up that must show itself")
    @State
    public static class WithoutTheFence {
        private final Inbox inbox = new Inbox();
        private final BrokenDoorbell doorbell = new BrokenDoorbell();

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

    /** Without the second look into the inbox. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "as it should be")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the lost wake-up that must show itself")
    @State
    public static class WithoutTheSecondLook {
        private final Inbox inbox = new Inbox();
        private final Doorbell doorbell = new Doorbell();

        @Actor
        public void loop(II_Result result) {
            result.r1 = inbox.isEmpty() ? 1 : 0;
            doorbell.asleep();
        }

        @Actor
        public void poster(II_Result result) {
            inbox.put("mail");
            result.r2 = doorbell.mustRing() ? 1 : 0;
        }
    }
}
