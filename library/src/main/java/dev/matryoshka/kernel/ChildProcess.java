package dev.matryoshka.kernel;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A child of this process, from its start on. It becomes {@link Readiness#READABLE} when it has ended, and then
 * {@link #tryWait()} collects how. Loop thread only.
 *
 * <p>Its number may be given to another process as soon as it was waited for, so nothing here goes by number: a signal reaches
 * this child or nobody.
 *
 * <p>{@link #close()} lets go of it. A child that runs on is waited for in the background, so that it leaves no zombie; to end
 * it is the caller's business.
 */
public interface ChildProcess extends Watchable {
    /** Answer of {@link #tryWait()}: it has not ended. No return code: those are −64 to 255. */
    int RUNNING = Integer.MIN_VALUE;

    /** Answer of {@link #tryWait()} when somebody else has waited for it; what asyncio says then. */
    int UNKNOWN = 255;

    /** Its number; of use for people, and for the proc file system. */
    long pid();

    /** Our end of its standard input, or null when that is no pipe. Belongs to whoever takes it, who also closes it. */
    @Nullable
    NonBlockingIo stdin();

    /** Our end of its standard output, as {@link #stdin()}. */
    @Nullable
    NonBlockingIo stdout();

    /** Our end of its standard error, as {@link #stdin()}; null also when that goes where standard output goes. */
    @Nullable
    NonBlockingIo stderr();

    /**
     * Whether our end of its standard input breaks by itself when the child ends. Where it does not, its owner closes it when
     * the child has ended.
     */
    boolean tellsBrokenStdin();

    /**
     * How it ended: 0 to 255 as it said, or the negative number of the signal that ended it; {@link #RUNNING} as long as it
     * has not. Answers the same from then on.
     */
    int tryWait();

    /**
     * Blocks the thread until it has ended, as after SIGKILL: for the end of a loop.
     *
     * @param nanosMax at most that long
     * @return as {@link #tryWait()}
     */
    int awaitEnd(long nanosMax);

    /**
     * Sends it a signal. Nothing happens when it has ended.
     *
     * @param number as {@code kill(1)} knows it on this system
     * @throws UnsupportedOperationException this kernel can only send SIGTERM and SIGKILL
     * @throws IOException it runs as another user by now (EPERM)
     */
    void signal(int number) throws IOException;
}
