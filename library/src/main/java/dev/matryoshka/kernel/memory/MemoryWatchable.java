package dev.matryoshka.kernel.memory;

import dev.matryoshka.kernel.Watchable;

/** What the poller asks of whatever lives in a network. Loop thread only; {@link #signal} and {@link #readiness} under the lock. */
interface MemoryWatchable extends Watchable {
    boolean isOf(MemoryNetwork network);

    /** Where its events go. */
    Signal signal();

    /** All that can be said of it now, as bits of {@link dev.matryoshka.kernel.Readiness}. */
    int readiness();
}
