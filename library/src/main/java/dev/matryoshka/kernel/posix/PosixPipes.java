package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.matryoshka.kernel.BridgePipe;
import dev.matryoshka.kernel.ChildPipe;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.PipeMode;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where ends of pipes come from: made here, opened by path, or taken over as a number. Loop thread only.
 *
 * <p>O_NONBLOCK belongs to the open file, which everybody shares who has a copy of the descriptor: the shell, a child, this
 * JVM's own System.in. So what belongs to others is opened anew where Linux lets us, by its name in /proc/self/fd; that is
 * another open file of the same pipe or terminal. A socket cannot be opened so: then the flag is set on the shared one and put back
 * at the end.
 */
public final class PosixPipes {
    private static final int TYPE_MASK = 0xF000;
    private static final int TYPE_FIFO = 0x1000;
    private static final int TYPE_DEVICE = 0x2000;
    private static final int TYPE_SOCKET = 0xC000;

    private final PosixSockets shared;

    /** The two ints of pipe2(2). */
    private final MemorySegment pair;

    /** @param arena lives as long as the kernel */
    public PosixPipes(PosixSockets shared, Arena arena) {
        this.shared = shared;
        this.pair = arena.allocate(2 * JAVA_INT.byteSize(), JAVA_INT.byteAlignment());
    }

    /** Makes a pipe, both ends ours. */
    public PipeEnds open() throws IOException {
        makePair(Constants.O_CLOEXEC | Constants.O_NONBLOCK);
        PosixPipe reader = pipe(pair.getAtIndex(JAVA_INT, 0), PipeMode.READ);
        return new PipeEnds(reader, pipe(pair.getAtIndex(JAVA_INT, 1), PipeMode.WRITE));
    }

    /** Makes a pipe with one end for a child, which blocks there. */
    public ChildPipe openForChild(PipeMode ours) throws IOException {
        makePair(Constants.O_CLOEXEC);
        int kept = pair.getAtIndex(JAVA_INT, ours == PipeMode.READ ? 0 : 1);
        int given = pair.getAtIndex(JAVA_INT, ours == PipeMode.READ ? 1 : 0);
        int ignored = shared.libc.setFlags(kept, Constants.O_NONBLOCK);
        shared.calls.control++;
        return new ChildPipe(pipe(kept, ours), given, Libc::close);
    }

    /** Makes a pipe with one end for a thread of the JDK's. It opens its end anew, by number: nothing else makes a stream of one. */
    public BridgePipe openBridge(PipeMode ours) throws IOException {
        try (ChildPipe pipe = openForChild(ours)) {
            String name = "/proc/self/fd/" + pipe.childDescriptor();
            try {
                return new BridgePipe(
                        pipe.ours(), ours == PipeMode.READ ? new FileOutputStream(name) : new FileInputStream(name));
            } catch (IOException noProc) {
                pipe.ours().close();
                throw noProc;
            }
        }
    }

    private void makePair(int flags) throws IOException {
        shared.ensureOpen();
        shared.calls.open++;
        PosixDescriptor.check(shared.libc.pipe2(pair.address(), flags), Operation.OPEN, "a pipe");
    }

    private PosixPipe pipe(int fd, PipeMode mode) {
        return shared.add(new PosixPipe(shared, fd, "pipe " + fd, mode, PosixPipe.Kind.PIPE, null));
    }

    /**
     * Opens a FIFO or a device. Does not wait for the other side: a FIFO is read from when somebody writes it, and cannot be
     * written before somebody reads it.
     *
     * @throws IllegalArgumentException it is neither
     */
    public PosixPipe open(Path path, PipeMode mode) throws IOException {
        shared.ensureOpen();
        int fd = openFor(path, mode);
        if (fd == -Errno.ENXIO.number && mode == PipeMode.WRITE) {
            throw new IOException("open " + path + " for writing: nobody has it open for reading (ENXIO)");
        }
        if (fd < 0) {
            throw PosixFile.exception(-fd, path, "open ");
        }
        return pipe(fd, path.toString(), mode, kind(fd, path.toString()), null);
    }

    /**
     * Takes a descriptor over: it is closed with the pipe, or when this fails, but not when it is no descriptor at all.
     *
     * @throws IllegalArgumentException it is neither pipe nor socket nor device
     */
    public PosixPipe adopt(int fd, PipeMode mode) throws IOException {
        shared.ensureOpen();
        int flags = shared.libc.flags(fd);
        PosixDescriptor.check(flags, Operation.OPEN, "descriptor " + fd);
        int ignored = shared.libc.setCloseOnExec(fd);
        return nonBlocking(fd, "descriptor " + fd, mode, flags);
    }

    /**
     * Another way to a descriptor of somebody else, which stays open, and as it is if the system allows.
     *
     * @throws IllegalArgumentException it is neither pipe nor socket nor device
     */
    public PosixPipe share(int fd, PipeMode mode) throws IOException {
        shared.ensureOpen();
        String name = "descriptor " + fd;
        int flags = shared.libc.flags(fd);
        PosixDescriptor.check(flags, Operation.OPEN, name);
        int reopened = openFor(Path.of("/proc/self/fd/" + fd), mode);
        if (reopened >= 0) {
            return pipe(reopened, name, mode, kind(reopened, name), null);
        }
        int copy = shared.libc.duplicate(fd);
        PosixDescriptor.check(copy, Operation.OPEN, name);
        return nonBlocking(copy, name, mode, flags);
    }

    private PosixPipe nonBlocking(int fd, String name, PipeMode mode, int flags) throws IOException {
        PosixPipe.Kind kind = kind(fd, name);
        if ((flags & Constants.O_NONBLOCK) == 0) {
            shared.calls.control++;
        }
        boolean isSocket = kind == PosixPipe.Kind.SOCKET;
        return pipe(fd, name, mode, kind, BorrowedFlags.nonBlocking(shared.libc, fd, flags, isSocket));
    }

    private int openFor(Path path, PipeMode mode) {
        int access = mode == PipeMode.READ ? Constants.O_RDONLY : Constants.O_WRONLY;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = FileNames.cString(arena, path);
            int flags = access | Constants.O_NONBLOCK | Constants.O_CLOEXEC | Constants.O_NOCTTY;
            shared.calls.open++;
            int result;
            do {
                result = shared.libc.open(text.address(), flags);
            } while (result == -PosixDescriptor.EINTR);
            return result;
        }
    }

    private PosixPipe pipe(int fd, String name, PipeMode mode, PosixPipe.Kind kind, @Nullable BorrowedFlags flags) {
        return shared.add(new PosixPipe(shared, fd, name, mode, kind, flags));
    }

    /** What it is, which is one of three; otherwise it is closed. */
    private static PosixPipe.Kind kind(int fd, String name) {
        return switch (type(fd)) {
            case TYPE_FIFO -> PosixPipe.Kind.PIPE;
            case TYPE_DEVICE -> PosixPipe.Kind.DEVICE;
            case TYPE_SOCKET -> PosixPipe.Kind.SOCKET;
            default -> {
                Libc.close(fd);
                throw new IllegalArgumentException(
                        "a pipe transport is for pipes, sockets and character devices, and this is none: " + name);
            }
        };
    }

    /** Where it cannot be asked it is taken for a device: that is read until EAGAIN, which is right for all. */
    private static int type(int fd) {
        try {
            Object mode = Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:mode");
            return mode instanceof Integer bits ? bits & TYPE_MASK : TYPE_DEVICE;
        } catch (IOException | UnsupportedOperationException noProc) {
            return TYPE_DEVICE;
        }
    }
}
