package dev.matryoshka.engine;

import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.LoopClosedException;
import java.lang.ref.Cleaner;

/**
 * Tells when something was dropped that should have been looked at or closed. One daemon thread for the JVM, made at the first
 * registration; it costs once per object, and nothing per message.
 *
 * <p>No descriptor is ever closed from here, since its number may be somebody else's by then: what is left open is closed by its
 * loop, as its owner should have done. And no finaliser: the object itself is gone when this is told, what remains must not hold it.
 */
public final class Leftovers {
    private static final Cleaner CLEANER = Cleaner.create(
            Thread.ofPlatform().daemon().name("matryoshka-cleaner").factory());

    private Leftovers() {}

    /** Runs {@code told} once {@code object} is unreachable, some time later, on a foreign thread. Any thread. */
    public static void whenDropped(Object object, Runnable told) {
        CLEANER.register(object, told);
    }

    /** What remains of a connection whose owner dropped it. Called on the loop; it must not hold what was dropped. */
    public interface Remains {
        /** Whether it was closed after all, in whatever way. */
        boolean isOver();

        /** What its owner did, for the exception handler. */
        ExceptionContext dropped();

        /** Does what the owner should have done. */
        void close();
    }

    /** Watches an object that its user has to close, until it is released. */
    public static Guard guard(Object object, LoopEngine engine, Remains remains) {
        Watch watch = new Watch(engine, remains);
        return new Guard(watch, CLEANER.register(object, watch));
    }

    /** The watch over one object. */
    public static final class Guard {
        private final Watch watch;
        private final Cleaner.Cleanable registration;

        private Guard(Watch watch, Cleaner.Cleanable registration) {
            this.watch = watch;
            this.registration = registration;
        }

        /** It was closed: nothing is watched any more. Idempotent. */
        public void release() {
            watch.released = true;
            registration.clean();
        }
    }

    private static final class Watch implements Runnable {
        private final LoopEngine engine;
        private final Remains remains;
        private volatile boolean released;

        Watch(LoopEngine engine, Remains remains) {
            this.engine = engine;
            this.remains = remains;
        }

        /** On the cleaner's thread, or in {@link Guard#release()}. */
        @Override
        public void run() {
            if (released) {
                return;
            }
            try {
                engine.callSoonThreadsafe(this::bury);
            } catch (LoopClosedException ended) {
                return; // the loop has closed what was open when it was closed
            }
        }

        private void bury() {
            if (!remains.isOver()) {
                try {
                    engine.reporter().report(remains.dropped());
                } finally {
                    remains.close();
                }
            }
        }
    }
}
