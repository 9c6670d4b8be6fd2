package dev.matryoshka.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Wakes a loop that sleeps, and costs nothing while it is awake.
 *
 * <pre>
 *   loop                                   any thread
 *   state = ASLEEP                         inbox.put(entry)
 *   ── full fence ──                       ── full fence ──
 *   inbox not empty? then stay awake       state == ASLEEP and I am the one that sets AWAKE?
 *   poll(...)                                 then ring: one write per sleep
 *   state = AWAKE
 * </pre>
 *
 * The two fences are the whole point: each side writes its own flag and then reads the other's, and without a StoreLoad
 * barrier on both sides both may read the old value, and the entry lies in the inbox while the loop sleeps.
 */
public final class Doorbell {
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
        VarHandle.fullFence();
        return state == ASLEEP && STATE.compareAndSet(this, ASLEEP, AWAKE);
    }
}
