package dev.matryoshka.transport;

/**
 * The bytes of one transport that went nowhere: counted, and told once when a program goes on and on writing to a connection
 * that is over. Loop thread only.
 */
public final class Drops {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.transport");

    /** So many writes in vain make the warning (asyncio's LOG_THRESHOLD_FOR_CONNLOST_WRITES). */
    static final int WRITES_BEFORE_WARNING = 5;

    private long bytes;
    private int writes;

    /** Nothing dropped yet. */
    public Drops() {}

    /** How many so far. */
    public long bytes() {
        return bytes;
    }

    /** They were taken before the end, and it came before they were sent. */
    public void unsent(long byteCount) {
        bytes += byteCount;
    }

    /** They were written after the end had begun. */
    public void written(long byteCount, Object transport) {
        bytes += byteCount;
        if (byteCount > 0 && ++writes == WRITES_BEFORE_WARNING) {
            LOG.log(System.Logger.Level.WARNING, "writing to a connection that is over: " + transport);
        }
    }
}
