package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.SpawnRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/**
 * Starts children for one kernel: the descriptors on both sides of their standard streams, then the child, then its pidfd.
 * Loop thread only. Whatever fails on the way, nothing is left open, and no child is left behind.
 */
public final class PosixChildren {
    private final PosixSockets shared;
    private final PosixPipes pipes;

    /** For the kernel of these. */
    public PosixChildren(PosixSockets shared, PosixPipes pipes) {
        this.shared = shared;
        this.pipes = pipes;
    }

    /**
     * Starts a child process.
     *
     * @param background for waiting for children that nobody watches any more
     * @throws java.nio.file.FileSystemException the program cannot be executed, or a file not be opened
     * @throws UnsupportedOperationException Linux is older than 5.4, or a sandbox forbids pidfds
     */
    public PosixChild start(SpawnRequest request, Executor background) throws IOException {
        shared.ensureOpen();
        requirePidfds();
        ChildStreams streams = new ChildStreams(pipes);
        boolean started = false;
        try {
            streams.open(request);
            int pid = PosixSpawn.start(request, streams.theirs());
            if (pid < 0) {
                throw notStarted(-pid, request);
            }
            PosixChild child =
                    shared.add(new PosixChild(shared, pid, pidfd(pid, background), background, streams.ours()));
            started = true;
            return child;
        } finally {
            streams.closeTheirs();
            if (!started) {
                streams.closeOurs();
            }
        }
    }

    /** Asked before anything is started, of this very process. */
    private static void requirePidfds() throws IOException {
        int pidfd = ProcessLibc.pidfdOpen((int) ProcessHandle.current().pid());
        if (pidfd == -Errno.ENOSYS.number || pidfd == -Errno.EPERM.number) {
            throw new UnsupportedOperationException("this kernel waits for children by pidfd_open(2), Linux 5.4: "
                    + Errno.of(-pidfd) + "; an older Linux or a sandbox needs the nio kernel");
        }
        PosixDescriptor.check(pidfd, Operation.OPEN, "a pidfd");
        Libc.close(pidfd);
    }

    private static int pidfd(int pid, Executor background) throws IOException {
        int pidfd = ProcessLibc.pidfdOpen(pid);
        if (pidfd < 0) {
            // No descriptor left, within the microseconds since the check. Nobody has waited for it: its number is its
            // own.
            int ignored = ProcessLibc.kill(pid, ProcessConstants.SIGKILL);
            background.execute(() -> PosixChild.waitFor(ProcessConstants.P_PID, pid, true));
            throw Errno.exception(-pidfd, Operation.OPEN, "a pidfd");
        }
        return pidfd;
    }

    /** posix_spawn answers with one number for all that can go wrong in the child; the caller has looked at the program. */
    private static IOException notStarted(int number, SpawnRequest request) {
        Path directory = request.directory();
        String doing = directory == null ? "start" : "start in " + directory;
        return ChildStreams.fileException(number, request.arguments().getFirst(), doing);
    }
}
