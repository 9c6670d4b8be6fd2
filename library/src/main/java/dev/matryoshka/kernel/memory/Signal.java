package dev.matryoshka.kernel.memory;

import org.jspecify.annotations.Nullable;

/**
 * Where the events of one socket go: to the poller that watches it, or nowhere. Guarded by the network's lock.
 *
 * <p>It exists before the socket does: the connection that waits in a listener's queue has one, and accept hands it over.
 */
final class Signal {
    private @Nullable Watch watch;

    /** The registration, or null. */
    @Nullable
    Watch watch() {
        return watch;
    }

    void watchedBy(Watch registration) {
        watch = registration;
    }

    /** No event that is on its way reaches anybody after this. */
    void unwatch() {
        if (watch != null) {
            watch.end();
            watch = null;
        }
    }

    /** @param bits of {@link dev.matryoshka.kernel.Readiness}; 0 does nothing */
    void raise(int bits) {
        if (watch != null && bits != 0) {
            watch.add(bits);
        }
    }

    /** One registration of one socket; a new one for each, so that what an old one left in a queue stays without effect. */
    static final class Watch {
        final MemoryPoller poller;
        private final long token;
        private int bits;
        private boolean live = true;

        Watch(MemoryPoller poller, long token) {
            this.poller = poller;
            this.token = token;
        }

        long token() {
            return token;
        }

        private void add(int more) {
            boolean queued = bits != 0;
            bits |= more;
            if (!queued) {
                poller.enqueue(this);
            }
        }

        private void end() {
            live = false;
        }

        /** What has happened since the last time; 0 when this registration is over. */
        int take() {
            int taken = live ? bits : 0;
            bits = 0;
            return taken;
        }
    }
}
