package dev.matryoshka.kernel.faulty;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Hands every call on to another socket: the wrappers override what they care about. Loop thread only. */
abstract class ForwardingSocket implements NonBlockingSocket {
    final NonBlockingSocket inner;

    ForwardingSocket(NonBlockingSocket inner) {
        this.inner = inner;
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        inner.bind(local);
    }

    @Override
    public void listen(int backlog) throws IOException {
        inner.listen(backlog);
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        return inner.tryAccept();
    }

    @Override
    public boolean tryConnect(SocketAddress remote) throws IOException {
        return inner.tryConnect(remote);
    }

    @Override
    public boolean finishConnect() throws IOException {
        return inner.finishConnect();
    }

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        return inner.tryRecv(target, offset, length);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        return inner.tryRecv(target);
    }

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        return inner.trySend(source, offset, length);
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        return inner.trySend(source);
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        return inner.trySend(sources, offset, count);
    }

    @Override
    public boolean isReaderGone() {
        return inner.isReaderGone();
    }

    @Override
    public boolean isDrainedByShort() {
        return inner.isDrainedByShort();
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        return inner.trySendFile(file, position, count);
    }

    @Override
    public void shutdownOutput() throws IOException {
        inner.shutdownOutput();
    }

    @Override
    public void shutdownInput() throws IOException {
        inner.shutdownInput();
    }

    @Override
    public @Nullable IOException takeError() {
        return inner.takeError();
    }

    @Override
    public void setIpv6Only(boolean on) throws IOException {
        inner.setIpv6Only(on);
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        inner.setOption(option, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return inner.getOption(option);
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return inner.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return inner.remoteAddress();
    }

    @Override
    public PeerCredentials peerCredentials() throws IOException {
        return inner.peerCredentials();
    }

    @Override
    public boolean isOpen() {
        return inner.isOpen();
    }

    @Override
    public void close() {
        inner.close();
    }
}
