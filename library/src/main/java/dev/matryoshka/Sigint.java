package dev.matryoshka;

import dev.matryoshka.engine.ProcessSignals;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C during {@link EventLoop#run} (asyncio.Runner): the first one cancels the main task, so that it can tidy up; the second
 * does not wait for that. Either way the process ends as a JVM ends of Ctrl-C, shutdown hooks and exit code 130; but when the
 * main task catches the cancel and returns, run returns as well.
 *
 * <p>Only on the main thread of the program, and only where SIGINT would do what it does in every JVM: a handler of somebody
 * else stays, and one of a loop goes first.
 */
final class Sigint implements AutoCloseable {
    private static final String NAME = "INT";

    /** What the launcher names the thread that runs {@code main}; its number differs between JDKs. */
    private static final String MAIN_THREAD = "main";

    private boolean listening;

    /** Written by the thread in run, read by one of the JVM. */
    private volatile @Nullable Task<?> main;

    /** Written by one thread of the JVM at a time: the second signal may come on another. */
    private volatile int count;

    private Sigint() {}

    /** @param wanted false: leaves SIGINT alone */
    static Sigint guard(boolean wanted) {
        Sigint guard = new Sigint();
        if (wanted && Thread.currentThread().getName().equals(MAIN_THREAD)) {
            guard.listen();
        }
        return guard;
    }

    private void listen() {
        try {
            ProcessSignals.listen(NAME, this, this::received);
        } catch (UnsupportedOperationException started) {
            return; // with -Xrs: then a Ctrl-C ends the process at once
        }
        listening = ProcessSignals.replacesDefault(NAME);
        if (!listening) {
            ProcessSignals.unlisten(NAME, this);
        }
    }

    void cancels(Task<?> task) {
        main = task;
    }

    /** On a thread of the JVM. */
    private synchronized void received() {
        if (ProcessSignals.listenerCount(NAME) > 1) {
            return;
        }
        Task<?> task = main;
        if (++count == 1 && task != null && cancel(task)) {
            return;
        }
        ProcessSignals.passOn(NAME);
    }

    private static boolean cancel(Task<?> task) {
        try {
            return task.cancel();
        } catch (LoopClosedException ended) {
            return false;
        }
    }

    /** Whether it was a signal, and nobody else, that cancelled the main task. On the loop's thread. */
    boolean cancelledMain() {
        Task<?> task = main;
        return count > 0 && task != null && task.isCancelled() && task.cancelling() == 1;
    }

    /** Ends the process, as the signal would have done at once without us. */
    void exit() {
        ProcessSignals.passOn(NAME);
    }

    @Override
    public void close() {
        if (listening) {
            listening = false;
            ProcessSignals.unlisten(NAME, this);
        }
    }
}
