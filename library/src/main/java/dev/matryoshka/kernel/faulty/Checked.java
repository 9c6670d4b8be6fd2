package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Watchable;

/** What the checking poller asks of the wrappers of its kernel. Loop thread only. */
interface Checked extends Watchable {
    /** What the wrapper stands around. */
    Watchable inner();

    /** Its life, as far as rules depend on it. */
    CheckedLife life();
}
