package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A socket that knows its rules. Loop thread only, and says so when it is not.
 *
 * <p>Rules for the caller: no call after close (but for questions that need no socket), one close, deregistered before it,
 * ranges inside the memory. Rules for the kernel: counts that are possible, positions moved by exactly the count, limits left
 * alone.
 */
final class CheckingSocket extends ForwardingSocket {
    private final CheckingKernel kernel;
    private final Referee referee;
    final History history = new History();
    private boolean closed;

    /** Set by the poller. */
    boolean registered;

    CheckingSocket(CheckingKernel kernel, NonBlockingSocket inner, String origin) {
        super(inner);
        this.kernel = kernel;
        this.referee = kernel.referee();
        history.add(origin);
    }

    boolean isOf(CheckingKernel owner) {
        return kernel == owner;
    }

    /** Enters a call: the socket is open, and nobody else is inside. */
    Referee.Inside use(String call) {
        if (closed) {
            throw referee.misuse(call + " after close: " + inner, history);
        }
        Referee.Inside inside = referee.enter(call, history);
        history.add(call);
        return inside;
    }

    // ---- listening, connecting ------------------------------------------------------------------------------------

    @Override
    public void bind(SocketAddress local) throws IOException {
        try (var _ = use("bind " + local)) {
            inner.bind(local);
        }
    }

    @Override
    public void listen(int backlog) throws IOException {
        try (var _ = use("listen " + backlog)) {
            if (backlog < 1) {
                throw referee.misuse("backlog " + backlog, history);
            }
            inner.listen(backlog);
        }
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        NonBlockingSocket accepted;
        try (var _ = use("tryAccept")) {
            accepted = inner.tryAccept();
        }
        return accepted == null ? null : kernel.add(accepted, "accepted by " + localAddress());
    }

    @Override
    public boolean tryConnect(SocketAddress remote) throws IOException {
        try (var _ = use("tryConnect " + remote)) {
            return inner.tryConnect(remote);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        try (var _ = use("finishConnect")) {
            return inner.finishConnect();
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        try (var _ = use("tryRecv " + length + " into a chunk at " + offset)) {
            checkRange(target, offset, length);
            return (int) checkCount(inner.tryRecv(target, offset, length), length, true);
        }
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        try (var _ = use("tryRecv into " + target)) {
            if (target.isReadOnly()) {
                throw referee.misuse("receive into a read-only buffer", history);
            }
            int position = target.position();
            int limit = target.limit();
            int count = inner.tryRecv(target);
            checkCount(count, limit - position, true);
            checkMoved(target, position, limit, Math.max(count, 0));
            return count;
        }
    }

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        try (var _ = use("trySend " + length + " from a chunk at " + offset)) {
            checkRange(source, offset, length);
            return (int) checkCount(inner.trySend(source, offset, length), length, false);
        }
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        try (var _ = use("trySend from " + source)) {
            int position = source.position();
            int limit = source.limit();
            int count = inner.trySend(source);
            checkCount(count, limit - position, false);
            checkMoved(source, position, limit, Math.max(count, 0));
            return count;
        }
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        try (var _ = use("trySend from " + count + " buffers at " + offset)) {
            if (offset < 0 || count < 0 || offset > sources.length - count) {
                throw referee.misuse(offset + " + " + count + " of " + sources.length + " buffers", history);
            }
            int[] positions = new int[count];
            int[] limits = new int[count];
            long wanted = 0;
            for (int i = 0; i < count; i++) {
                positions[i] = sources[offset + i].position();
                limits[i] = sources[offset + i].limit();
                wanted += i < GATHER_MAX ? limits[i] - positions[i] : 0;
            }
            long result = checkCount(inner.trySend(sources, offset, count), wanted, false);
            long left = Math.max(result, 0);
            for (int i = 0; i < count; i++) {
                int taken = (int) Math.min(left, limits[i] - positions[i]);
                checkMoved(sources[offset + i], positions[i], limits[i], taken);
                left -= taken;
            }
            return result;
        }
    }

    private void checkRange(Chunk chunk, int offset, int length) {
        if (offset < 0 || length < 1 || length > chunk.capacity() - offset) {
            throw referee.misuse(length + " bytes at " + offset + " of a chunk of " + chunk.capacity(), history);
        }
    }

    private long checkCount(long count, long wanted, boolean maySayEof) {
        boolean possible = wanted == 0
                ? count == 0
                : (count >= 1 && count <= wanted) || count == WOULD_BLOCK || (count == EOF && maySayEof);
        if (!possible) {
            throw referee.fault("the answer " + count + " to a call for " + wanted + " bytes: " + inner, history);
        }
        history.add("  = " + count);
        return count;
    }

    private void checkMoved(ByteBuffer buffer, int position, int limit, int count) {
        if (buffer.position() != position + count || buffer.limit() != limit) {
            throw referee.fault(
                    "position " + position + " and limit " + limit + " became " + buffer + " for " + count + " bytes",
                    history);
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void shutdownOutput() throws IOException {
        try (var _ = use("shutdownOutput")) {
            inner.shutdownOutput();
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        try (var _ = use("shutdownInput")) {
            inner.shutdownInput();
        }
    }

    @Override
    public void close() {
        try (var _ = use("close")) {
            if (registered) {
                throw referee.misuse("close before deregister: " + inner, history);
            }
            closed = true;
            kernel.remove(this);
            inner.close();
        }
    }

    /** The kernel closes what was left open. */
    void kernelClosed() {
        closed = true;
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public @Nullable IOException takeError() {
        try (var _ = use("takeError")) {
            return inner.takeError();
        }
    }

    @Override
    public void setIpv6Only(boolean on) throws IOException {
        try (var _ = use("setIpv6Only " + on)) {
            inner.setIpv6Only(on);
        }
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        try (var _ = use("setOption " + option + " " + value)) {
            inner.setOption(option, value);
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        try (var _ = use("getOption " + option)) {
            return inner.getOption(option);
        }
    }

    @Override
    public String toString() {
        return "Checked[" + inner + "]";
    }
}
