package dev.matryoshka.kernel;

import java.io.IOException;

/**
 * Asks the operating system what is ready. Loop thread only, but for {@link #wakeup()}.
 *
 * <h2>Portability: what a consumer may rely on</h2>
 * A registration is standing: it is made once, watches both directions, and needs no further call per message. An event
 * says that a direction <em>may have become</em> ready. The consumer remembers it until a {@code try} call answers
 * WOULD_BLOCK or moves fewer bytes than there was room for ("short is drained", see {@link NonBlockingIo#isDrainedByShort()}),
 * unless {@link Readiness#HANGUP} or {@link Readiness#ERROR} was reported: then it goes on until EOF or an error; or
 * {@link Readiness#URGENT}: then until WOULD_BLOCK, each time.
 * <ul>
 *   <li>An edge-triggered poller (epoll, memory) reports a change once and ignores {@link #interest}.
 *   <li>A level-triggered poller (nio) may report the same readiness at every poll while it is in the interest set. A
 *       consumer that will not act on a direction must take it out of the interest, or the loop spins.
 *   <li>Right after {@code register} nothing is known to be readable; data that is already there is reported by the next
 *       poll. A fresh socket may be written at once.
 *   <li>A listener with a connection in its queue is reported at every poll, while it is in the interest, by those pollers
 *       that say so in {@link #repeatsListeners}. There one connection may be taken, and the next poll tells for nothing
 *       whether there is another: a fruitless accept costs Linux a descriptor, a file and an inode, made and thrown away.
 *   <li>Events may be spurious, two for one cause, and in any order between sockets.
 * </ul>
 */
public interface Poller {
    /**
     * Starts to watch a socket, or whatever else this kernel has opened, with interest READABLE.
     *
     * @param token handed back with each event of it; the caller makes it unique over time
     */
    void register(Watchable watchable, long token) throws IOException;

    /**
     * Says which directions the consumer will act on (READABLE, WRITABLE, both or 0). Edge-triggered pollers do nothing.
     * It must be registered.
     */
    void interest(Watchable watchable, int interest) throws IOException;

    /** Stops to watch. No event of it is reported afterwards. Idempotent. */
    void deregister(Watchable watchable);

    /**
     * As {@link #deregister}, for one that is closed before the next poll: where the close takes a socket out of the set by
     * itself, this does nothing. One of the two is called before every close.
     */
    default void deregisterToClose(Watchable watchable) {
        deregister(watchable);
    }

    /**
     * Waits until something is ready, the time is over or {@link #wakeup()} was called; reports what is ready. EINTR is
     * retried inside with the rest of the time. May return early with nothing; never busy-waits: times are rounded up.
     *
     * @param timeoutNanos negative waits without limit, 0 looks only, a positive number waits at most that long
     * @return how many events were reported
     */
    int poll(long timeoutNanos, ReadySink sink) throws IOException;

    /**
     * Any thread: makes a waiting poll, or the next one, return. The loop coalesces wake-ups; this writes each time. After
     * the kernel was closed it does nothing.
     */
    void wakeup();

    /**
     * Whether {@link #poll} may wait on a virtual thread's stack and so block its carrier, which is what a loop wants. False
     * where the JDK would turn the wait into a park (a Selector): then the carrier itself polls.
     */
    boolean pollsOnVirtualThread();

    /** Whether a socket that listened when it was registered is reported again while a connection waits: see above. */
    default boolean repeatsListeners() {
        return false;
    }
}
