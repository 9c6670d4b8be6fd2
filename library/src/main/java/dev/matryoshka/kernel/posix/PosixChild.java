package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.NonBlockingIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A child that is a pidfd: a descriptor that means this process for ever, which a poller can watch, and by which it is
 * signalled and waited for, pidfd_open(2). Loop thread only.
 *
 * <p>Nobody else waits for it: the JDK's reaper threads wait for the JDK's own children, each by its number, and SIGCHLD is not
 * needed. Where SIGCHLD is ignored Linux keeps no exit status; the return code is then unknown.
 */
public final class PosixChild extends PosixDescriptor implements ChildProcess {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final int pid;
    private final Executor background;
    private final @Nullable NonBlockingIo[] pipes;
    private int returnCode = RUNNING;

    /** @param background where a child is waited for that nobody watches any more */
    PosixChild(PosixSockets shared, int pid, int pidfd, Executor background, @Nullable NonBlockingIo[] pipes) {
        super(shared, pidfd);
        this.pid = pid;
        this.background = background;
        this.pipes = pipes;
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public @Nullable NonBlockingIo stdin() {
        return pipes[0];
    }

    @Override
    public @Nullable NonBlockingIo stdout() {
        return pipes[1];
    }

    @Override
    public @Nullable NonBlockingIo stderr() {
        return pipes[2];
    }

    /** EPOLLERR on the writing end of a pipe without readers, pipe(7). */
    @Override
    public boolean tellsBrokenStdin() {
        return true;
    }

    @Override
    public int tryWait() {
        if (returnCode == RUNNING && isOpen()) {
            returnCode = waitFor(ProcessConstants.P_PIDFD, fd, false);
        }
        return returnCode;
    }

    @Override
    public int awaitEnd(long nanosMax) {
        if (tryWait() == RUNNING && isOpen()) {
            long millis = Math.clamp(Math.ceilDiv(nanosMax, NANOS_PER_MILLI), 0, Integer.MAX_VALUE);
            int ignored = ProcessLibc.awaitReadable(fd, (int) millis);
        }
        return tryWait();
    }

    /** How a child ended, or RUNNING; afterwards it is off the system. */
    static int waitFor(int idType, int id, boolean block) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ProcessLibc.SIGINFO_BYTES, Long.BYTES);
            if (ProcessLibc.waitForEnd(idType, id, info, block) < 0) {
                return UNKNOWN; // ECHILD: somebody else has waited for it, or SIGCHLD is ignored
            }
            if (info.get(JAVA_INT, ProcessLibc.SIGINFO_PID) == 0) {
                return RUNNING;
            }
            int status = info.get(JAVA_INT, ProcessLibc.SIGINFO_STATUS);
            boolean exited = info.get(JAVA_INT, ProcessLibc.SIGINFO_CODE) == ProcessConstants.CLD_EXITED;
            return exited ? status : -status;
        }
    }

    @Override
    public void signal(int number) throws IOException {
        if (tryWait() != RUNNING || !isOpen()) {
            return;
        }
        int result = ProcessLibc.pidfdSendSignal(fd, number);
        if (result < 0 && result != -Errno.ESRCH.number) {
            throw Errno.exception(-result, Operation.SIGNAL, "process " + pid);
        }
    }

    /** A child has no error of its own. */
    @Override
    public @Nullable IOException takeError() {
        return null;
    }

    /** The descriptor of a child that runs on goes to whoever waits for its end. */
    @Override
    void release(int pidfd) {
        if (returnCode != RUNNING || waitFor(ProcessConstants.P_PIDFD, pidfd, false) != RUNNING) {
            Libc.close(pidfd);
            return;
        }
        background.execute(() -> {
            int ignored = waitFor(ProcessConstants.P_PIDFD, pidfd, true);
            Libc.close(pidfd);
        });
    }

    @Override
    public String toString() {
        return "PosixChild[" + pid + (returnCode == RUNNING ? "" : ", ended with " + returnCode) + "]";
    }
}
