package dev.matryoshka.engine;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** A loop needs a platform thread to carry its tasks: the caller's own, or, for a virtual caller, one made for the time. */
public final class PlatformThread {
    private PlatformThread() {}

    /** @throws IllegalStateException the caller is a virtual thread */
    static void require() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a loop runs on a platform thread, not on " + Thread.currentThread());
        }
    }

    /** Starts a thread for a loop of its own. What escapes the body goes to the thread's handler of uncaught exceptions. */
    public static Thread start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.start();
        return thread;
    }

    /** Runs it there and returns when it has ended. */
    public static void run(Runnable body) {
        try {
            PlatformThread.<@Nullable Void>call(() -> {
                body.run();
                return null;
            });
        } catch (RuntimeException failed) {
            throw failed;
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** As {@link #run}, with a result; interrupting the caller interrupts it, and what it leaves of that is the caller's again. */
    public static <T extends @Nullable Object> T call(Callable<T> body) throws Exception {
        if (!Thread.currentThread().isVirtual()) {
            return body.call();
        }
        FutureTask<T> job = new FutureTask<>(body);
        Thread thread = new Thread(job, "matryoshka-carrier");
        thread.start();
        try {
            return await(job, thread);
        } finally {
            if (thread.isInterrupted()) { // the JDK keeps it, also when the thread has ended
                Thread.currentThread().interrupt();
            }
        }
    }

    private static <T extends @Nullable Object> T await(FutureTask<T> job, Thread thread) throws Exception {
        while (true) {
            try {
                return job.get();
            } catch (InterruptedException interrupted) {
                thread.interrupt();
            } catch (ExecutionException failed) {
                if (failed.getCause() instanceof Exception cause) {
                    throw cause;
                }
                if (failed.getCause() instanceof Error error) {
                    throw error;
                }
                throw failed;
            }
        }
    }
}
