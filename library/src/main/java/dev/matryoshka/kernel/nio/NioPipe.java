package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.Readiness;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe of the JDK's. Loop thread only.
 *
 * <p>A Selector does not tell a writer that the reader has gone: the next write does.
 */
final class NioPipe implements NonBlockingIo, NioWatchable {
    private final NioRegistration registration = new NioRegistration();
    private final NioKernel kernel;

    /** One of the two is there. */
    private final Pipe.@Nullable SourceChannel source;

    private final Pipe.@Nullable SinkChannel sink;
    private final NioFlow flow;
    private boolean closed;

    /** @param source owned from now on */
    NioPipe(NioKernel kernel, Pipe.SourceChannel source) throws IOException {
        this.kernel = kernel;
        this.source = source;
        this.sink = null;
        this.flow = NioFlow.from(source, kernel.systemCalls());
        SelectableChannel ignored = source.configureBlocking(false);
    }

    /** @param sink owned from now on */
    NioPipe(NioKernel kernel, Pipe.SinkChannel sink) throws IOException {
        this.kernel = kernel;
        this.source = null;
        this.sink = sink;
        this.flow = NioFlow.to(sink, kernel.systemCalls());
        SelectableChannel ignored = sink.configureBlocking(false);
    }

    // ---- what the poller asks -------------------------------------------------------------------------------------

    @Override
    public NioRegistration registration() {
        return registration;
    }

    @Override
    public SelectableChannel channel() {
        return source != null ? source : Objects.requireNonNull(sink);
    }

    @Override
    public boolean isRoleless() {
        return false;
    }

    @Override
    public int operations(int interest) {
        if (closed) {
            return 0;
        }
        return source != null
                ? (interest & Readiness.READABLE) != 0 ? SelectionKey.OP_READ : 0
                : (interest & Readiness.WRITABLE) != 0 ? SelectionKey.OP_WRITE : 0;
    }

    @Override
    public void ensureOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    private void requireReader() throws ClosedChannelException {
        ensureOpen();
        if (source == null) {
            throw new NonReadableChannelException();
        }
    }

    private void requireWriter() throws ClosedChannelException {
        ensureOpen();
        if (sink == null) {
            throw new NonWritableChannelException();
        }
    }

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        ByteBuffer window = NioFlow.window(target, offset, length);
        requireReader();
        return flow.receiveOnce(window);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        requireReader();
        return target.hasRemaining() ? flow.receive(target) : 0;
    }

    @Override
    public int trySend(Chunk chunk, int offset, int length) throws IOException {
        ByteBuffer window = NioFlow.window(chunk, offset, length);
        requireWriter();
        return flow.sendOnce(window);
    }

    @Override
    public int trySend(ByteBuffer bytes) throws IOException {
        requireWriter();
        return bytes.hasRemaining() ? flow.send(bytes) : 0;
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        requireWriter();
        return flow.send(sources, offset, count);
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        requireWriter();
        return flow.sendFile(file, position, count);
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

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
        kernel.remove(this);
        if (channel().isRegistered()) {
            kernel.poller().deregister(this);
            kernel.poller().flush();
        }
        kernel.systemCalls().close++;
        try {
            channel().close();
        } catch (IOException failed) {
            // close(2): the descriptor is gone whatever it answers
        }
    }

    @Override
    public String toString() {
        return "nio pipe, " + (source != null ? "READ" : "WRITE") + (closed ? ", closed" : "");
    }
}
