package dev.matryoshka.kernel.epoll;

import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.posix.Libc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An eventfd that ends a poll from any thread: any thread rings, the loop thread closes, once.
 *
 * <p>The hazard is a ring that races with the close: its write would hit whatever file has got the number since. A lock
 * would answer it, but the scheduler of the tasks rings too, and that one must never wait. So the ringers are counted,
 * and the descriptor is closed by whoever leaves last:
 *
 * <pre>
 *   users   open, n ringing        n          ring: +1, write, −1
 *           closed, n ringing      CLOSED + n the last of them closes the descriptor
 *           closed                 CLOSED     ring does nothing
 * </pre>
 *
 * <p>The counter of the eventfd is never read back. The bell is registered edge-triggered, and each write is an edge,
 * whatever the counter holds (epoll(7): even edge-triggered, several events come of several chunks of data). It would
 * be full after 2^64 − 2 rings, eventfd(2): at ten million a second, in 58,000 years.
 */
class Bell {
    private static final int CLOSED = Integer.MIN_VALUE;
    private static final VarHandle WAKEUPS;

    static {
        try {
            WAKEUPS = MethodHandles.lookup().findVarHandle(SystemCalls.class, "wakeup", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final int eventfd;

    /** The one counter with writers on many threads, so the additions are atomic. */
    private final SystemCalls calls;

    private final AtomicInteger users = new AtomicInteger();

    /** @param eventfd owned by the bell from now on */
    Bell(int eventfd, SystemCalls calls) {
        this.eventfd = eventfd;
        this.calls = calls;
    }

    /** Any thread. Makes a poll return, the one that waits or the next; nothing after close. */
    void ring() {
        int before;
        do {
            before = users.get();
            if (before < 0) {
                return;
            }
        } while (!users.compareAndSet(before, before + 1));
        try {
            strike();
            long ignored = (long) WAKEUPS.getAndAdd(calls, 1L);
        } finally { // a ringer may be at the end of its stack, and must not be counted for ever
            if (users.decrementAndGet() == CLOSED) {
                Libc.close(eventfd);
            }
        }
    }

    /** The write alone, apart from the counting so that a test can hold a ringer at this point. */
    void strike() {
        EpollLibc.ring(eventfd);
    }

    /** Idempotent. Returns at once; the descriptor goes with the last ringer. */
    void close() {
        int before = users.getAndUpdate(n -> n | CLOSED);
        if (before == 0) {
            Libc.close(eventfd);
        }
    }
}
