package dev.matryoshka.kernel.faulty;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A socket that knows its rules. Loop thread only, and says so when it is not.
 *
 * <p>Rules for the caller: those of {@link CheckedLife} (but for questions that need no socket). Rules for the kernel: counts
 * that are possible, positions moved by exactly the count, limits left alone.
 */
final class CheckingSocket extends ForwardingSocket implements Checked {
    private final CheckingKernel kernel;
    private final CheckedLife life;

    CheckingSocket(CheckingKernel kernel, NonBlockingSocket inner, String origin) {
        super(inner);
        this.kernel = kernel;
        this.life = new CheckedLife(kernel, inner, origin);
    }

    @Override
    public Watchable inner() {
        return SocketFace.behind(inner);
    }

    @Override
    public CheckedLife life() {
        return life;
    }

    // ---- listening, connecting ------------------------------------------------------------------------------------

    @Override
    public void bind(SocketAddress local) throws IOException {
        try (var _ = life.use("bind " + local)) {
            inner.bind(local);
        }
    }

    @Override
    public void listen(int backlog) throws IOException {
        try (var _ = life.use("listen " + backlog)) {
            if (backlog < 1) {
                throw life.misuse("backlog " + backlog);
            }
            inner.listen(backlog);
        }
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        NonBlockingSocket accepted;
        try (var _ = life.use("tryAccept")) {
            accepted = inner.tryAccept();
        }
        return accepted == null ? null : kernel.add(accepted, "accepted by " + localAddress());
    }

    @Override
    public boolean tryConnect(SocketAddress remote) throws IOException {
        try (var _ = life.use("tryConnect " + remote)) {
            return inner.tryConnect(remote);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        try (var _ = life.use("finishConnect")) {
            return inner.finishConnect();
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        try (var _ = life.use("tryRecv " + length + " into a chunk at " + offset)) {
            life.checkRange(target, offset, length, 1);
            return (int) checkCount(inner.tryRecv(target, offset, length), length, true);
        }
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        try (var _ = life.use("tryRecv into " + target)) {
            if (target.isReadOnly()) {
                throw life.misuse("receive into a read-only buffer");
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
        try (var _ = life.use("trySend " + length + " from a chunk at " + offset)) {
            life.checkRange(source, offset, length, 1);
            return (int) checkCount(inner.trySend(source, offset, length), length, false);
        }
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        try (var _ = life.use("trySend from " + source)) {
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
        try (var _ = life.use("trySend from " + count + " buffers at " + offset)) {
            if (offset < 0 || count < 0 || offset > sources.length - count) {
                throw life.misuse(offset + " + " + count + " of " + sources.length + " buffers");
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

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        try (var _ = life.use("trySendFile " + count + " at " + position)) {
            if (count < 1 || position < 0) {
                throw life.misuse(count + " bytes of a file at " + position);
            }
            return checkCount(inner.trySendFile(file, position, count), count, true);
        }
    }

    private long checkCount(long count, long wanted, boolean maySayEof) {
        boolean possible = wanted == 0
                ? count == 0
                : (count >= 1 && count <= wanted) || count == WOULD_BLOCK || (count == EOF && maySayEof);
        if (!possible) {
            throw life.fault("the answer " + count + " to a call for " + wanted + " bytes: " + inner);
        }
        life.history.add("  = " + count);
        return count;
    }

    private void checkMoved(ByteBuffer buffer, int position, int limit, int count) {
        if (buffer.position() != position + count || buffer.limit() != limit) {
            throw life.fault(
                    "position " + position + " and limit " + limit + " became " + buffer + " for " + count + " bytes");
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void shutdownOutput() throws IOException {
        try (var _ = life.use("shutdownOutput")) {
            inner.shutdownOutput();
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        try (var _ = life.use("shutdownInput")) {
            inner.shutdownInput();
        }
    }

    @Override
    public void close() {
        life.close(this);
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public @Nullable IOException takeError() {
        try (var _ = life.use("takeError")) {
            return inner.takeError();
        }
    }

    @Override
    public PeerCredentials peerCredentials() throws IOException {
        try (var _ = life.use("peerCredentials")) {
            return inner.peerCredentials();
        }
    }

    @Override
    public void setIpv6Only(boolean on) throws IOException {
        try (var _ = life.use("setIpv6Only " + on)) {
            inner.setIpv6Only(on);
        }
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        try (var _ = life.use("setOption " + option + " " + value)) {
            inner.setOption(option, value);
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        try (var _ = life.use("getOption " + option)) {
            return inner.getOption(option);
        }
    }

    @Override
    public String toString() {
        return "Checked[" + inner + "]";
    }
}
