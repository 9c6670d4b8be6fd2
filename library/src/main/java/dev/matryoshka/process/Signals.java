package dev.matryoshka.process;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.ProcessSignals;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import java.util.Objects;

/**
 * Signals as callbacks on a loop (asyncio's {@code loop.add_signal_handler}). Loop thread only; any loop, on any thread, while
 * asyncio knows one loop on the main thread.
 *
 * {@snippet :
 * Signals.addSignalHandler(loop, Signal.SIGTERM, server::close);
 * }
 *
 * <p>A handler replaces what the JVM would do, at SIGTERM, SIGINT and SIGHUP that is to run the shutdown hooks and exit.
 * Several loops may listen to one signal: each hears it. Signals of one kind that come close together may be told as one.
 *
 * <p>A process that was started to ignore SIGHUP, SIGINT or SIGTERM, as nohup(1) does, never hears them: the JVM leaves them
 * ignored.
 */
public final class Signals {
    private Signals() {}

    /**
     * Calls back at each arrival of a signal, in the next pass. A second handler of one loop for one signal replaces the first,
     * and gets what is on its way already; no signal is lost between them. It ends with {@link #removeSignalHandler} or with the
     * loop; then the JVM's own way is back, or that of other loops.
     *
     * @throws IllegalArgumentException the signal cannot be caught, or the JVM needs it; the message says which
     * @throws UnsupportedOperationException this system has no such signal, or the JVM was started with {@code -Xrs}
     */
    public static void addSignalHandler(Loop loop, Signal signal, Runnable callback) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(callback, "callback");
        String problem = signal.whyNotCatchable();
        if (problem != null) {
            throw new IllegalArgumentException(signal + " cannot be handled: " + problem);
        }
        if (ProcessSignals.listener(signal.shortName(), engine) instanceof Registration standing) {
            ProcessSignals.listen(signal.shortName(), engine, standing);
            standing.callback = callback;
            return;
        }
        Registration registration = new Registration(engine, signal, callback);
        ProcessSignals.listen(signal.shortName(), engine, registration);
        engine.ending().atClose(registration);
    }

    /**
     * Takes a handler back. A signal that is on its way is not delivered any more.
     *
     * @return false when the loop had none for that signal
     */
    public static boolean removeSignalHandler(Loop loop, Signal signal) {
        LoopEngine engine = Engines.of(loop);
        engine.checkLoopThread();
        Runnable listener = ProcessSignals.unlisten(signal.shortName(), engine);
        if (!(listener instanceof Registration registration)) {
            return false;
        }
        registration.active = false;
        engine.ending().forget(registration);
        return true;
    }

    /** One loop's interest in one signal: as a runnable what the JVM calls, as a closeable what the end of the loop calls. */
    private static final class Registration implements Runnable, AutoCloseable {
        private final LoopEngine engine;
        private final Signal signal;

        /** Looked up when a signal is delivered. Written and read on the loop, as is the next. */
        private Runnable callback;

        private boolean active = true;

        Registration(LoopEngine engine, Signal signal, Runnable callback) {
            this.engine = engine;
            this.signal = signal;
            this.callback = callback;
        }

        /** On a thread of the JVM. */
        @Override
        public void run() {
            try {
                engine.callSoonThreadsafe(this::deliver);
            } catch (LoopClosedException closing) {
                // The loop is on its way out, which is what most signals ask for; a moment later the JVM's own way is
                // back.
                return;
            }
        }

        private void deliver() {
            if (active) {
                callback.run();
            }
        }

        @Override
        public void close() {
            active = false;
            ProcessSignals.unlisten(signal.shortName(), engine);
        }
    }
}
