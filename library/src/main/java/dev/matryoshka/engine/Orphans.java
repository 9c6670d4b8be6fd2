package dev.matryoshka.engine;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Carries the threads of loops that are closed: tasks that would not end. A continuation may run on any platform thread,
 * and must run on some, or its thread is stranded for ever. One daemon thread, started at the first orphan, gone after a
 * second without one.
 */
final class Orphans {
    private static final LinkedBlockingQueue<Runnable> QUEUE = new LinkedBlockingQueue<>();
    private static final AtomicBoolean SERVED = new AtomicBoolean();
    private static final long IDLE_SECONDS = 1;

    private Orphans() {}

    /** Any thread; never throws. */
    static void run(Runnable continuation) {
        QUEUE.add(continuation);
        serve();
    }

    private static void serve() {
        if (SERVED.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("matryoshka-orphans").start(Orphans::work);
        }
    }

    private static void work() {
        for (Runnable next; (next = next()) != null; ) {
            try {
                next.run();
            } catch (RuntimeException | Error escaped) {
                Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
                if (handler != null) {
                    handler.uncaughtException(Thread.currentThread(), escaped);
                }
            }
        }
        SERVED.set(false);
        if (!QUEUE.isEmpty()) {
            serve();
        }
    }

    private static @Nullable Runnable next() {
        try {
            return QUEUE.poll(IDLE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException stray) {
            return QUEUE.poll();
        }
    }
}
