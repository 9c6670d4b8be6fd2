package dev.matryoshka.kernel;

/**
 * Counts what a kernel asked of the operating system. Written by the loop thread with plain stores, so that counting costs
 * nothing; read elsewhere the figures may be a little old. Tests hold the hot path to them: counters are not noisy,
 * timings are.
 */
public final class SystemCalls {
    public long recv;
    public long send;
    public long sendGather;
    public long sendFile;
    public long accept;
    public long poll;
    public long control;
    public long wakeup;
    public long open;
    public long close;

    /** A copy that stands still. */
    public SystemCalls snapshot() {
        return new SystemCalls().add(this, 1);
    }

    /** What was counted since an earlier snapshot. */
    public SystemCalls since(SystemCalls earlier) {
        return snapshot().add(earlier, -1);
    }

    private SystemCalls add(SystemCalls other, int sign) {
        recv += sign * other.recv;
        send += sign * other.send;
        sendGather += sign * other.sendGather;
        sendFile += sign * other.sendFile;
        accept += sign * other.accept;
        poll += sign * other.poll;
        control += sign * other.control;
        wakeup += sign * other.wakeup;
        open += sign * other.open;
        close += sign * other.close;
        return this;
    }

    @Override
    public String toString() {
        return "recv=" + recv + " send=" + send + " sendGather=" + sendGather + " sendFile=" + sendFile + " accept="
                + accept + " poll=" + poll + " control=" + control + " wakeup=" + wakeup + " open=" + open + " close="
                + close;
    }
}
