package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.ChildPipe;
import dev.matryoshka.kernel.ChildStdio;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.kernel.SpawnRequest;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Both sides of the three standard streams of one child that is being started. Files are opened here, not in the child: so what
 * is wrong with one is told with its name. Loop thread only.
 */
final class ChildStreams {
    private static final int STREAMS = PosixSpawn.FIRST_OTHER;
    private static final Path NULL_DEVICE = Path.of("/dev/null");

    private final PosixPipes pipes;

    /** What the child gets, closed here as soon as it runs. */
    private final int[] theirs = {PosixSpawn.INHERITED, PosixSpawn.INHERITED, PosixSpawn.INHERITED};

    /** Our ends of pipes. */
    private final @Nullable NonBlockingIo[] ours = new @Nullable NonBlockingIo[STREAMS];

    ChildStreams(PosixPipes pipes) {
        this.pipes = pipes;
    }

    /** As {@link PosixSpawn#start} wants them. */
    int[] theirs() {
        return theirs;
    }

    @Nullable
    NonBlockingIo[] ours() {
        return ours;
    }

    void open(SpawnRequest request) throws IOException {
        for (int stream = 0; stream < STREAMS; stream++) {
            open(stream, request.stdio(stream));
        }
    }

    private void open(int stream, ChildStdio stdio) throws IOException {
        boolean input = stream == 0;
        switch (stdio.kind()) {
            case INHERIT -> {}
            case STDOUT -> theirs[stream] = PosixSpawn.SAME_AS_STDOUT;
            case PIPE -> openPipe(stream);
            case NULL -> openFile(stream, NULL_DEVICE, input ? Constants.O_RDONLY : Constants.O_WRONLY);
            case FILE -> {
                int make = Constants.O_WRONLY | ProcessConstants.O_CREAT | ProcessConstants.O_TRUNC;
                openFile(stream, file(stdio), input ? Constants.O_RDONLY : make);
            }
            case APPEND -> {
                int append = Constants.O_WRONLY | ProcessConstants.O_CREAT | ProcessConstants.O_APPEND;
                openFile(stream, file(stdio), append);
            }
        }
    }

    private static Path file(ChildStdio stdio) {
        return Objects.requireNonNull(stdio.path(), "path");
    }

    private void openFile(int stream, Path path, int flags) throws IOException {
        int fd = ProcessLibc.open(path, flags);
        if (fd < 0) {
            throw fileException(-fd, path.toString(), "open for a child");
        }
        theirs[stream] = aboveStandard(fd);
    }

    private void openPipe(int stream) throws IOException {
        ChildPipe pipe = pipes.openForChild(stream == 0 ? PipeMode.WRITE : PipeMode.READ);
        ours[stream] = pipe.ours();
        theirs[stream] = aboveStandard(pipe.childDescriptor());
    }

    /** In a JVM that was started with a standard stream closed, its number is free; the copies in the child would collide. */
    private static int aboveStandard(int fd) throws IOException {
        if (fd >= PosixSpawn.FIRST_OTHER) {
            return fd;
        }
        int copy = ProcessLibc.duplicateAbove(fd, PosixSpawn.FIRST_OTHER);
        Libc.close(fd);
        PosixDescriptor.check(copy, Operation.OPEN, "a descriptor for a child");
        return copy;
    }

    void closeTheirs() {
        for (int fd : theirs) {
            if (fd >= 0) {
                Libc.close(fd);
            }
        }
    }

    void closeOurs() {
        for (NonBlockingIo pipe : ours) {
            if (pipe != null) {
                pipe.close();
            }
        }
    }

    static IOException fileException(int number, String file, String doing) {
        Errno errno = Errno.of(number);
        String reason = "cannot " + doing + ": " + (errno == null ? "errno " + number : errno);
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(file, null, reason);
            case EACCES, EPERM -> new AccessDeniedException(file, null, reason);
            case EMFILE, ENFILE, ENOMEM, EAGAIN -> Errno.exception(number, Operation.SPAWN, file);
            case null, default -> new FileSystemException(file, null, reason);
        };
    }
}
