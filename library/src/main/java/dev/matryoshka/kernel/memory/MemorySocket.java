package dev.matryoshka.kernel.memory;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileFailedException;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stream socket of a {@link MemoryNetwork}. Loop thread only.
 *
 * <p>It checks arguments, counts what would be a system call, and takes the lock. What a socket is stands in
 * {@link SocketCore}, what a connection does in {@link Endpoint}.
 */
final class MemorySocket implements NonBlockingSocket, MemoryWatchable {
    private final MemoryKernel kernel;
    private final NetworkLock lock;
    private final SystemCalls calls;
    /** Exchanged only by {@link #release()}. */
    private SocketCore core;

    MemorySocket(MemoryKernel kernel, SocketCore core) {
        this.kernel = kernel;
        this.lock = kernel.network().lock();
        this.calls = kernel.systemCalls();
        this.core = core;
    }

    @Override
    public Signal signal() {
        return core.signal();
    }

    @Override
    public int readiness() {
        return core.readiness();
    }

    @Override
    public boolean isOf(MemoryNetwork network) {
        return kernel.network() == network;
    }

    boolean isOf(MemoryKernel owner) {
        return kernel == owner;
    }

    /** Takes the connection out of its kernel; what stays here is closed. */
    MemoryParcel release() throws IOException {
        ensureOpen();
        if (remoteAddress() == null) {
            throw new IllegalArgumentException("not connected: " + this);
        }
        MemoryParcel parcel = new MemoryParcel(kernel.network(), core);
        kernel.remove(this);
        core = new SocketCore(
                kernel.network(), core.family(), kernel.network().freshOptions(SocketKind.stream(core.family())));
        try (var _ = lock.hold()) {
            core.close();
        }
        return parcel;
    }

    // ---- listening, connecting ------------------------------------------------------------------------------------

    @Override
    public void bind(SocketAddress local) throws IOException {
        try (var _ = lock.hold()) {
            core.bind(local);
        }
    }

    @Override
    public void listen(int backlog) throws IOException {
        try (var _ = lock.hold()) {
            core.listen(backlog);
        }
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        calls.accept++;
        Endpoint accepted;
        try (var _ = lock.hold()) {
            accepted = core.accept();
        }
        return accepted == null ? null : kernel.adopt(accepted, core.family());
    }

    @Override
    public boolean tryConnect(SocketAddress remote) throws IOException {
        try (var _ = lock.hold()) {
            return core.connect(remote);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        try (var _ = lock.hold()) {
            return core.finishConnect();
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        checkRange(target, offset, length);
        return receive(target.bytes().clear(), offset, length);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        if (!target.hasRemaining()) {
            ensureOpen();
            return 0;
        }
        int count = receive(target, target.position(), target.remaining());
        if (count > 0) {
            target.position(target.position() + count);
        }
        return count;
    }

    private int receive(ByteBuffer target, int index, int length) throws IOException {
        calls.recv++;
        try (var _ = lock.hold()) {
            Endpoint end = core.usable("receive from");
            return end == null ? WOULD_BLOCK : end.receive(target, index, length);
        }
    }

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        checkRange(source, offset, length);
        return send(source.bytes().clear(), offset, length);
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        if (!source.hasRemaining()) {
            ensureOpen();
            return 0;
        }
        int count = send(source, source.position(), source.remaining());
        if (count > 0) {
            source.position(source.position() + count);
        }
        return count;
    }

    private int send(ByteBuffer source, int index, int length) throws IOException {
        calls.send++;
        try (var _ = lock.hold()) {
            Endpoint end = core.usable("send to");
            if (end == null) {
                return WOULD_BLOCK;
            }
            end.checkSend();
            int count = end.push(source, index, length);
            end.sent(length, count);
            return count == 0 ? WOULD_BLOCK : count;
        }
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, sources.length);
        int end = offset + Math.min(count, GATHER_MAX);
        long wanted = 0;
        for (int i = offset; i < end; i++) {
            wanted += sources[i].remaining();
        }
        if (wanted == 0) {
            ensureOpen();
            return 0;
        }
        calls.sendGather++;
        try (var _ = lock.hold()) {
            Endpoint connection = core.usable("send to");
            return connection == null ? WOULD_BLOCK : gather(connection, sources, offset, end, wanted);
        }
    }

    private static long gather(Endpoint connection, ByteBuffer[] sources, int from, int to, long wanted)
            throws IOException {
        connection.checkSend();
        long moved = 0;
        for (int i = from; i < to; i++) {
            ByteBuffer source = sources[i];
            int pushed = connection.push(source, source.position(), source.remaining());
            source.position(source.position() + pushed);
            moved += pushed;
        }
        connection.sent(wanted, moved);
        return moved == 0 ? WOULD_BLOCK : moved;
    }

    /** By reading a piece and keeping what the window takes of it. */
    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        ensureOpen();
        ByteBuffer piece = readPiece(kernel, file, position, count);
        if (!piece.hasRemaining()) {
            return EOF;
        }
        try (var _ = lock.hold()) {
            Endpoint end = core.usable("send to");
            return end == null ? WOULD_BLOCK : gather(end, new ByteBuffer[] {piece}, 0, 1, piece.remaining());
        }
    }

    /** Bytes of a file in the kernel's scratch memory; none where the file has none. */
    static ByteBuffer readPiece(MemoryKernel kernel, FileSource file, long position, long count)
            throws FileFailedException {
        if (count < 1 || position < 0) {
            throw new IllegalArgumentException(count + " bytes at " + position);
        }
        ByteBuffer piece = kernel.filePiece();
        piece.clear().limit((int) Math.min(count, piece.capacity()));
        kernel.systemCalls().sendFile++;
        try {
            int ignored = file.read(piece, position);
        } catch (IOException failed) {
            throw new FileFailedException(failed);
        }
        return piece.flip();
    }

    private static void checkRange(Chunk chunk, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        if (length == 0) {
            throw new IllegalArgumentException("length must be at least 1");
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void shutdownOutput() throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            Endpoint end = core.endpoint();
            if (end != null) {
                end.endOutput();
            }
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            Endpoint end = core.endpoint();
            if (end != null) {
                end.endInput();
            }
        }
    }

    @Override
    public void close() {
        if (isOpen()) {
            calls.close++;
            kernel.remove(this);
            try (var _ = lock.hold()) {
                core.close();
            }
        }
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public @Nullable IOException takeError() {
        try (var _ = lock.hold()) {
            return core.takeError();
        }
    }

    @Override
    public void setIpv6Only(boolean on) throws IOException {
        try (var _ = lock.hold()) {
            core.setIpv6Only(on);
        }
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            core.options().set(option, value);
            Endpoint end = core.endpoint();
            if (end != null) {
                end.windowsChanged();
            }
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            return core.options().get(option);
        }
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        try (var _ = lock.hold()) {
            return core.local();
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        try (var _ = lock.hold()) {
            return core.remote();
        }
    }

    /** Both ends are of this process. */
    @Override
    public PeerCredentials peerCredentials() throws IOException {
        if (core.family() != StandardProtocolFamily.UNIX) {
            throw new UnsupportedOperationException("SO_PEERCRED on a " + core.family() + " socket");
        }
        ensureOpen();
        if (remoteAddress() == null) {
            throw NetworkError.ENOTCONN.failure("read SO_PEERCRED of", localAddress());
        }
        int pid = (int) ProcessHandle.current().pid();
        return new PeerCredentials(
                pid, PeerCredentials.UNKNOWN, PeerCredentials.UNKNOWN, System.getProperty("user.name"), null);
    }

    @Override
    public boolean isOpen() {
        return core.isOpen();
    }

    private void ensureOpen() throws IOException {
        core.ensureOpen();
    }

    @Override
    public String toString() {
        return "MemorySocket[" + core + "]";
    }
}
