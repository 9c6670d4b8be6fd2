package dev.matryoshka.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A daemon thread for each job that waits for another process: for a child that nobody watches any more, and where a kernel can
 * move a child's bytes only by blocking. Any thread.
 *
 * <p>Not the loop's executor, which has few threads for jobs that end: waiting for somebody else's program may take for ever, and
 * then everything that the executor is for would wait too.
 */
public final class BackgroundThreads implements Executor {
    private static final BackgroundThreads SHARED = new BackgroundThreads();

    private final AtomicInteger numbers = new AtomicInteger();

    private BackgroundThreads() {}

    /** For all loops. */
    public static Executor shared() {
        return SHARED;
    }

    @Override
    public void execute(Runnable job) {
        Thread thread = new Thread(job, "matryoshka-child-" + numbers.incrementAndGet());
        thread.setDaemon(true);
        thread.start();
    }
}
