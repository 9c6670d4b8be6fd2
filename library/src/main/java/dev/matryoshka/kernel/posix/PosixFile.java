package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file that is a descriptor: what sendfile(2) wants, and what a FileChannel does not give away. Any thread, so each call
 * has an errno cell of its own.
 *
 * <p>Non-blocking, which changes nothing for a regular file, but a FIFO is opened without waiting for whoever writes it.
 */
public final class PosixFile implements FileSource {
    private static final int CLOSED = -1;

    private static final MethodHandle PREAD =
            Libc.function("pread", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FADVISE =
            Libc.functionWithoutErrno("posix_fadvise", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

    private final Path path;
    private int fd;

    private PosixFile(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /**
     * Opens a file for reading in order: Linux is told, so that it reads ahead further than it would. May wait for the disk.
     *
     * @param path of the default file system
     * @throws NoSuchFileException and the other exceptions that {@link java.nio.file.Files} throws
     */
    public static PosixFile open(Path path) throws IOException {
        int result;
        byte[] name = FileNames.bytes(path);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = FileNames.cString(arena, name);
            MemorySegment cell = Libc.errnoCell(arena);
            int flags = Constants.O_RDONLY | Constants.O_NONBLOCK | Constants.O_CLOEXEC;
            do {
                result = Libc.outcome((int) Libc.OPEN.invokeExact(cell, text.address(), flags), cell);
            } while (result == -Errno.EINTR.number);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
        if (result < 0) {
            throw exception(-result, path, "open ");
        }
        readAhead(result);
        return new PosixFile(path, result);
    }

    /** Two hints, and no more: the pages of the beginning are on their way when the first of them is asked for. */
    private static void readAhead(int fd) {
        try {
            int ignored = (int) FADVISE.invokeExact(fd, 0L, 0L, Constants.POSIX_FADV_SEQUENTIAL);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    static IOException exception(int number, Path path, String doing) {
        Errno errno = Errno.of(number);
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(path.toString());
            case EACCES, EPERM -> new AccessDeniedException(path.toString());
            case EMFILE, ENFILE, ENOMEM -> Errno.exception(number, Operation.OPEN, path);
            case null -> new FileSystemException(path.toString(), null, doing + "failed: errno " + number);
            default -> new FileSystemException(path.toString(), null, doing + "failed: " + errno);
        };
    }

    /** The descriptor, for a socket of the same kernel; −1 when closed. */
    int descriptor() {
        return fd;
    }

    /** What sendfile(2) answered was about this file. */
    IOException failed(int number) {
        return exception(number, path, "read ");
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        if (!target.isDirect()) {
            throw new IllegalArgumentException("needs a direct buffer: " + target);
        }
        long result;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cell = Libc.errnoCell(arena);
            long address = BufferIo.address(target);
            do {
                result = Libc.outcome(
                        (long) PREAD.invokeExact(cell, fd, address, (long) target.remaining(), position), cell);
            } while (result == -Errno.EINTR.number);
            Reference.reachabilityFence(target);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
        if (result < 0) {
            throw failed((int) -result);
        }
        target.position(target.position() + (int) result);
        return result == 0 ? NonBlockingIo.EOF : (int) result;
    }

    @Override
    public void close() {
        if (fd != CLOSED) {
            int closing = fd;
            fd = CLOSED;
            Libc.close(closing);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
