package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Watchable;

/** What the faulty poller asks of the wrappers of its kernel. Loop thread only. */
interface Faulty extends Watchable {
    boolean isOf(FaultyPoller poller);

    /** Kept here, written by the poller. */
    FaultyPoller.Watch watch();
}
