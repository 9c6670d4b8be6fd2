package dev.matryoshka.kernel.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one lock of a network. Any thread.
 *
 * <p>It spins, for a reason. A loop polls on its carrier thread while its tasks, carried by that very thread, send and
 * receive. A task that queued for a parking lock could be made its next owner while the carrier waits behind it: the owner
 * needs the carrier to run, the carrier needs the owner to go on, and the loop stands still for ever. Who spins is never
 * unmounted and never stands in a queue. The price is the time of one critical section, a copy of some kilobytes at most.
 *
 * <pre>
 *   try (var _ = lock.hold()) {
 *       ...
 *   }
 * </pre>
 *
 * <p>Threads are unparked after the lock is free again: unparking a virtual thread runs its scheduler, which is foreign code.
 */
final class NetworkLock implements AutoCloseable {
    /** Spins before a platform thread offers its core: the owner may have been preempted on it. */
    private static final int SPINS_BEFORE_YIELD = 100;

    private static final Thread[] NOBODY = {};

    private final AtomicReference<@Nullable Thread> owner = new AtomicReference<>();

    /** Guarded by this lock. */
    private final List<Thread> toUnpark = new ArrayList<>();

    /**
     * Takes it; {@link #close()} gives it back.
     *
     * @throws IllegalStateException the caller has it already: a critical section called out, which it must not
     */
    NetworkLock hold() {
        Thread me = Thread.currentThread();
        if (!owner.compareAndSet(null, me)) {
            spin(me);
        }
        return this;
    }

    private void spin(Thread me) {
        if (owner.get() == me) {
            throw new IllegalStateException("the network's lock is not reentrant");
        }
        boolean mayYield = !me.isVirtual();
        for (int spins = 1; !owner.compareAndSet(null, me); spins++) {
            if (mayYield && spins % SPINS_BEFORE_YIELD == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void close() {
        Thread[] woken = toUnpark.isEmpty() ? NOBODY : toUnpark.toArray(NOBODY);
        toUnpark.clear();
        owner.set(null);
        for (Thread thread : woken) {
            LockSupport.unpark(thread);
        }
    }

    /** Owner only: this thread goes on when the lock is free. */
    void unparkLater(Thread thread) {
        if (thread != Thread.currentThread()) {
            toUnpark.add(thread);
        }
    }
}
