package dev.matryoshka.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Wakes a loop that sleeps, and costs nothing while it is awake.
 *
 * <pre>
 *   loop                                   any thread
 *   state = ASLEEP                         inbox.put(entry), which begins
 *   ── full fence ──                       with an atomic claim, a full fence
 *   inbox not empty? then stay awake       state == ASLEEP and I am the one that sets AWAKE?
 *   poll(...)                                 then ring: one write per sleep
 *   state = AWAKE
 * </pre>
 *
 * The two fences are the whole point: each side writes its own flag and then reads the other's, and without a StoreLoad
 * barrier on both sides both may read the old value, and the entry lies in the inbox while the loop sleeps. What the loop looks at
 * the second time is what the claim wrote ({@link Inbox#isEmpty()}), so the claim is fence enough; whoever rings for something else
 * ({@code stop}) has stored it with volatile semantics, which is the same.
 */
public final class Doorbell extends Isolated {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Doorbell.class, "state", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;

    private volatile int state = AWAKE;

    /** The door below the bell: shut once, for good. Here because who posts looks at both, and nobody else writes this line. */
    private volatile boolean shut;

    @SuppressWarnings("unused") // see Isolated
    private long a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15;

    /** Whoever closes the loop, before it takes the last mail. */
    void shut() {
        shut = true;
    }

    /** Any thread, after its put: if not, what was put will be taken. */
    boolean isShut() {
        return shut;
    }

    /** Loop only: announces the sleep. The caller re-checks its inbox afterwards and calls {@link #awake()} if it has mail. */
    public void asleep() {
        STATE.setVolatile(this, ASLEEP);
        VarHandle.fullFence();
    }

    /** Loop only: back from the sleep, or never gone. */
    public void awake() {
        STATE.setVolatile(this, AWAKE);
    }

    /**
     * Any thread, after its put: whether this caller has to ring.
     *
     * @return true for exactly one caller per sleep
     */
    public boolean mustRing() {
        return state == ASLEEP && STATE.compareAndSet(this, ASLEEP, AWAKE);
    }
}
