package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An end of a pipe in the clothes of a socket, so that the wrappers of sockets fit it: bytes and ends go wrong for both in the same
 * ways. What only a socket can do is not there. Loop thread only.
 */
final class SocketFace implements NonBlockingSocket {
    private final NonBlockingIo pipe;

    SocketFace(NonBlockingIo pipe) {
        this.pipe = pipe;
    }

    /** What the poller below knows. */
    static Watchable behind(NonBlockingSocket socket) {
        return socket instanceof SocketFace face ? face.pipe : socket;
    }

    private static UnsupportedOperationException notASocket() {
        return new UnsupportedOperationException("a pipe is no socket");
    }

    // ---- what a pipe can do ---------------------------------------------------------------------------------------

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        return pipe.tryRecv(target, offset, length);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        return pipe.tryRecv(target);
    }

    @Override
    public boolean isReaderGone() {
        return pipe.isReaderGone();
    }

    @Override
    public boolean isDrainedByShort() {
        return pipe.isDrainedByShort();
    }

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        return pipe.trySend(source, offset, length);
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        return pipe.trySend(source);
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        return pipe.trySend(sources, offset, count);
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        return pipe.trySendFile(file, position, count);
    }

    @Override
    public @Nullable IOException takeError() {
        return pipe.takeError();
    }

    @Override
    public boolean isOpen() {
        return pipe.isOpen();
    }

    @Override
    public void close() {
        pipe.close();
    }

    @Override
    public String toString() {
        return pipe.toString();
    }

    // ---- what it cannot -------------------------------------------------------------------------------------------

    @Override
    public void listen(int backlog) {
        throw notASocket();
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() {
        throw notASocket();
    }

    @Override
    public boolean tryConnect(SocketAddress remote) {
        throw notASocket();
    }

    @Override
    public boolean finishConnect() {
        throw notASocket();
    }

    @Override
    public void shutdownOutput() {
        throw notASocket();
    }

    @Override
    public void shutdownInput() {
        throw notASocket();
    }

    @Override
    public void bind(SocketAddress local) {
        throw notASocket();
    }

    @Override
    public void setIpv6Only(boolean on) {
        throw notASocket();
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) {
        throw notASocket();
    }

    @Override
    public <T> T getOption(SocketOption<T> option) {
        throw notASocket();
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return null;
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return null;
    }
}
