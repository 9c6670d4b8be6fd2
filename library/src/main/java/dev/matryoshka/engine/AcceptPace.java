package dev.matryoshka.engine;

/**
 * How many connections one listener gives in one pass. Loop thread only; one for each listener.
 *
 * <p>Accepting until nothing is left ends with a call in vain, and Linux makes a descriptor, a file and an inode before it finds
 * the queue empty: when connections come one by one, that is half of all accepts. So on a poller that
 * {@link dev.matryoshka.kernel.Poller#repeatsListeners()} a pass takes one, and the next poll, which is due anyway, tells whether
 * there are more. Two things make it take a whole batch:
 *
 * <ul>
 *   <li>a burst: after {@value #PATIENCE} passes in a row that took what they might, each further one may take twice as much, until
 *       one finds less;
 *   <li>a crowd: when a pass has {@value #CROWD} channels to look after, it is long, and one connection in each would let the
 *       queue overflow; there a call in vain is a small part of it.
 * </ul>
 */
public final class AcceptPace {
    /** Connections that come one by one to a busy loop look like a burst for a while; each doubling risks a call in vain. */
    static final int PATIENCE = 8;

    /** So many channels cost some 80 us, fifty times a call in vain. */
    static final int CROWD = 16;

    private final LoopCounters counters;
    private final boolean repeated;
    private final int batch;

    /** So many may be taken in a pass, crowds aside. */
    private int limit = 1;

    /** Passes in a row that took as many as they might. */
    private int filled;

    /** The pass that {@link #taken} is of. */
    private long pass = -1;

    private int taken;

    /** @param batch so many at most in one pass, at least 1 */
    public AcceptPace(LoopEngine engine, int batch) {
        this(engine.counters(), engine.kernel().poller().repeatsListeners(), batch);
    }

    AcceptPace(LoopCounters counters, boolean repeated, int batch) {
        this.counters = counters;
        this.repeated = repeated;
        this.batch = batch;
    }

    /** A connection was taken. Whether to try for another one in this pass. */
    public boolean tookOne() {
        if (counters.passes != pass) {
            begin(counters.passes);
        }
        taken++;
        if (taken < limitNow()) {
            return true;
        }
        if (taken == limitNow() && ++filled >= PATIENCE) {
            limit = Math.min(2 * limit, batch);
        }
        return false;
    }

    private void begin(long present) {
        if (present != pass + 1) {
            calm();
        }
        pass = present;
        taken = 0;
    }

    private int limitNow() {
        return !repeated || counters.channelsInPass >= CROWD ? batch : limit;
    }

    /** Nothing was left. */
    public void foundNone() {
        calm();
    }

    private void calm() {
        limit = 1;
        filled = 0;
    }

    /** Whether the next poll tells by itself that a connection waits; else who stopped early has to come back. */
    public boolean isRepeated() {
        return repeated;
    }
}
