package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeMode;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe, FIFO, terminal or other device, or a socket that is used as one: read(2) and write(2) on a descriptor.
 * Loop thread only.
 *
 * <p>A pipe gives all that it has, so a short read means drained. A terminal gives a line, or what one interrupt brought, and
 * more may be there without another edge: there reading goes on until EAGAIN, and so it does of a socket.
 *
 * <p>The end of a terminal is told in two odd ways, and is an end of stream here: a line discipline answers 0 once, for ^D, and
 * reads on; a master whose slaves have all been closed answers EIO.
 *
 * <p>write(2) has no flag against SIGPIPE; the JVM ignores that signal from its start on.
 */
public final class PosixPipe extends PosixDescriptor implements NonBlockingIo, Staging.Calls {
    /** What it is an end of. */
    enum Kind {
        PIPE,
        DEVICE,
        SOCKET
    }

    private static final int EIO = Errno.EIO.number;

    private final String name;
    private final PipeMode mode;

    /** Of a device a short read says nothing. */
    private final boolean isDevice;

    private final boolean isSocket;

    /** Of an open file that others share, to be given back at the end; null for none. */
    private final @Nullable BorrowedFlags flags;

    private boolean ended;

    /** What came after bytes in one call, for the next one: −errno or 0 for the end; 1 for nothing. */
    private int afterBytes = 1;

    PosixPipe(PosixSockets shared, int fd, String name, PipeMode mode, Kind kind, @Nullable BorrowedFlags flags) {
        super(shared, fd);
        this.name = name;
        this.mode = mode;
        this.isDevice = kind == Kind.DEVICE;
        this.isSocket = kind == Kind.SOCKET;
        this.flags = flags;
    }

    /**
     * A terminal gives the end after bytes, in one go, and no event for it. Of a socket a read may stop behind descriptors that came
     * with bytes, and read(2) does not tell.
     */
    @Override
    public boolean isDrainedByShort() {
        return !isDevice && !isSocket;
    }

    /** The peer of a socket may have ended its own direction and still receive, as who sends a request and then waits. */
    @Override
    public boolean isReaderGone() {
        return !isSocket || !isOpen() || ProcessLibc.isHungUp(fd);
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        checkRange(target, offset, length);
        requireReader();
        int result = readInto(target.address() + offset, length);
        Reference.reachabilityFence(target);
        return result > 0 ? result : received(result);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        ensureOpen();
        requireReader();
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        if (!target.isDirect()) {
            int result = Staging.receive(this, shared.buffers, target, isDevice);
            return result > 0 ? result : received(result);
        }
        int result = readInto(BufferIo.address(target), target.remaining());
        Reference.reachabilityFence(target);
        if (result <= 0) {
            return received(result);
        }
        target.position(target.position() + result);
        return result;
    }

    /** One call; of a device, as many as it answers. */
    private int readInto(long address, int length) {
        int total = 0;
        while (total < length) {
            int result = read(address + total, length - total);
            if (result <= 0) {
                return Staging.stopped(this, result, total);
            }
            total += result;
            if (!isDevice) {
                break;
            }
        }
        return total;
    }

    @Override
    public int read(long address, int length) {
        if (afterBytes != 1) {
            int kept = afterBytes;
            afterBytes = 1;
            return kept;
        }
        int result;
        do {
            shared.calls.recv++;
            result = shared.libc.read(fd, address, length);
        } while (result == -EINTR);
        return result == -EIO && isDevice ? 0 : result;
    }

    @Override
    public void keepForNext(int result) {
        afterBytes = result;
    }

    /** What a read says that brought nothing. */
    private int received(int result) throws IOException {
        if (result == -EAGAIN && !ended) {
            return WOULD_BLOCK;
        }
        if (result == 0 || ended) {
            ended = true;
            return EOF;
        }
        throw Errno.exception(-result, Operation.READ, name);
    }

    private void requireReader() {
        if (mode != PipeMode.READ) {
            throw new NonReadableChannelException();
        }
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        checkRange(source, offset, length);
        requireWriter();
        int result = write(source.address() + offset, length);
        Reference.reachabilityFence(source);
        return result >= 0 ? result : notWritten(result);
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        ensureOpen();
        requireWriter();
        if (!source.hasRemaining()) {
            return 0;
        }
        if (!source.isDirect()) {
            int result = Staging.send(this, shared.buffers, source);
            return result >= 0 ? result : notWritten(result);
        }
        int result = write(BufferIo.address(source), source.remaining());
        Reference.reachabilityFence(source);
        if (result < 0) {
            return notWritten(result);
        }
        source.position(source.position() + result);
        return result;
    }

    @Override
    public int write(long address, int length) {
        int result;
        do {
            shared.calls.send++;
            result = shared.libc.write(fd, address, length);
        } while (result == -EINTR);
        return result;
    }

    private int notWritten(int result) throws IOException {
        if (result == -EAGAIN) {
            return WOULD_BLOCK;
        }
        throw Errno.exception(-result, Operation.WRITE, name);
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        ensureOpen();
        requireWriter();
        long result = Staging.sendGathered(this, shared.buffers, sources, offset, count);
        return result >= 0 ? result : notWritten((int) result);
    }

    @Override
    public long writeGathered() {
        long result;
        do {
            shared.calls.sendGather++;
            result = shared.libc.writev(fd, shared.buffers.table(), shared.buffers.entries());
        } while (result == -EINTR);
        return result;
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        ensureOpen();
        requireWriter();
        long result = shared.sendFile(fd, file, position, count);
        return result < 0 ? notWritten((int) result) : result == 0 ? EOF : result;
    }

    private void requireWriter() {
        if (mode != PipeMode.WRITE) {
            throw new NonWritableChannelException();
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    /** Null: a pipe has no pending error, each call tells its own. */
    @Override
    public @Nullable IOException takeError() {
        return null;
    }

    @Override
    void closing(int descriptor) {
        if (flags != null) {
            flags.giveBack(shared.libc, descriptor);
        }
    }

    /** {@code pipe 7, READ} */
    @Override
    public String toString() {
        return name + ", " + mode + (isOpen() ? "" : ", closed");
    }
}
