package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeEnds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe that is not of a system, but behaves like pipe(7): the reader sees the end when the writer is closed and
 * all was read, the writer is told at once that the reader has gone (EPOLLERR), and fails with EPIPE. Loop thread only.
 */
final class MemoryPipe implements NonBlockingIo, MemoryWatchable {
    /** pipe(7): 16 pages. */
    static final int CAPACITY_BYTES = 64 * 1024;

    /** What the two ends share. Guarded by the network's lock. */
    private static final class Core {
        final Pipe bytes = new Pipe();
        final Signal ofReader = new Signal();
        final Signal ofWriter = new Signal();
        boolean readerClosed;
        boolean writerClosed;

        /** A write found too little room: the next room is news. */
        boolean wantsRoom;
    }

    private final MemoryKernel kernel;
    private final NetworkLock lock;
    private final Core core;
    private final boolean isReader;
    private boolean closed;

    private MemoryPipe(MemoryKernel kernel, Core core, boolean isReader) {
        this.kernel = kernel;
        this.lock = kernel.network().lock();
        this.core = core;
        this.isReader = isReader;
    }

    static PipeEnds open(MemoryKernel kernel) {
        Core core = new Core();
        return new PipeEnds(
                kernel.add(new MemoryPipe(kernel, core, true)), kernel.add(new MemoryPipe(kernel, core, false)));
    }

    // ---- what the poller asks -------------------------------------------------------------------------------------

    @Override
    public boolean isOf(MemoryNetwork network) {
        return kernel.network() == network;
    }

    @Override
    public Signal signal() {
        return isReader ? core.ofReader : core.ofWriter;
    }

    @Override
    public int readiness() {
        if (isReader) {
            return (core.bytes.size() > 0 || core.writerClosed ? READABLE : 0) | (core.writerClosed ? HANGUP : 0);
        }
        return core.readerClosed ? READABLE | WRITABLE | ERROR : core.bytes.size() < CAPACITY_BYTES ? WRITABLE : 0;
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    private void ensureReader() throws ClosedChannelException {
        ensureOpen();
        if (!isReader) {
            throw new NonReadableChannelException();
        }
    }

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        checkRange(target, offset, length);
        ensureReader();
        return receive(target.bytes().clear(), offset, length);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        ensureReader();
        if (!target.hasRemaining()) {
            return 0;
        }
        int count = receive(target, target.position(), target.remaining());
        if (count > 0) {
            target.position(target.position() + count);
        }
        return count;
    }

    private int receive(ByteBuffer target, int index, int length) {
        kernel.systemCalls().recv++;
        try (var _ = lock.hold()) {
            if (core.bytes.size() == 0) {
                return core.writerClosed ? EOF : WOULD_BLOCK;
            }
            int count = core.bytes.read(target, index, length);
            if (core.wantsRoom) {
                core.wantsRoom = false;
                core.ofWriter.raise(WRITABLE);
            }
            return count;
        }
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    private void ensureWriter() throws ClosedChannelException {
        ensureOpen();
        if (isReader) {
            throw new NonWritableChannelException();
        }
    }

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        checkRange(source, offset, length);
        ensureWriter();
        kernel.systemCalls().send++;
        return (int) send(source.bytes().clear().limit(offset + length).position(offset));
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        ensureWriter();
        if (!source.hasRemaining()) {
            return 0;
        }
        kernel.systemCalls().send++;
        return (int) send(source);
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, sources.length);
        ensureWriter();
        long total = 0;
        kernel.systemCalls().sendGather++;
        for (int i = offset; i < offset + Math.min(count, GATHER_MAX); i++) {
            int given = sources[i].remaining();
            long moved = given == 0 ? 0 : send(sources[i]);
            if (moved == WOULD_BLOCK) {
                return total == 0 ? WOULD_BLOCK : total;
            }
            total += moved;
            if (moved < given) {
                break;
            }
        }
        return total;
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        ensureWriter();
        ByteBuffer piece = MemorySocket.readPiece(kernel, file, position, count);
        return piece.hasRemaining() ? send(piece) : EOF;
    }

    private long send(ByteBuffer source) throws IOException {
        try (var _ = lock.hold()) {
            if (core.readerClosed) {
                throw new IOException("write to a pipe: Broken pipe (EPIPE)");
            }
            int wanted = source.remaining();
            int count = core.bytes.write(source, source.position(), wanted, CAPACITY_BYTES);
            source.position(source.position() + count);
            core.wantsRoom |= count < wanted;
            if (count > 0) {
                core.ofReader.raise(READABLE);
            }
            return count == 0 ? WOULD_BLOCK : count;
        }
    }

    private static void checkRange(Chunk chunk, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        if (length == 0) {
            throw new IllegalArgumentException("length must be at least 1");
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    private void ensureOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public @Nullable IOException takeError() {
        return null;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        kernel.systemCalls().close++;
        kernel.remove(this);
        try (var _ = lock.hold()) {
            signal().unwatch();
            if (isReader) {
                core.readerClosed = true;
                core.ofWriter.raise(READABLE | WRITABLE | ERROR);
            } else {
                core.writerClosed = true;
                core.ofReader.raise(READABLE | HANGUP);
            }
        }
    }

    @Override
    public String toString() {
        return "memory pipe, " + (isReader ? "READ" : "WRITE") + (closed ? ", closed" : "");
    }
}
