package dev.matryoshka.engine;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A socket that answers what a test put there: for what a channel concludes from an answer. */
final class FakeSocket implements NonBlockingSocket {
    /** What the next receive or send answers. */
    int answer = WOULD_BLOCK;

    /** What the poller was told last. */
    int interest = -1;

    boolean deregistered;
    int closes;

    @Override
    public int tryRecv(Chunk target, int offset, int length) {
        return answer;
    }

    @Override
    public int tryRecv(ByteBuffer target) {
        return answer;
    }

    @Override
    public int trySend(Chunk source, int offset, int length) {
        return answer;
    }

    @Override
    public int trySend(ByteBuffer source) {
        return answer;
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) {
        return answer;
    }

    @Override
    public boolean isOpen() {
        return closes == 0;
    }

    @Override
    public void close() {
        closes++;
    }

    // ---- not asked for by any test of the engine ------------------------------------------------------------------

    @Override
    public void bind(SocketAddress local) {}

    @Override
    public void listen(int backlog) {}

    @Override
    public @Nullable NonBlockingSocket tryAccept() {
        return null;
    }

    @Override
    public boolean tryConnect(SocketAddress remote) {
        return false;
    }

    @Override
    public boolean finishConnect() {
        return false;
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdownOutput() {}

    @Override
    public void shutdownInput() {}

    @Override
    public @Nullable IOException takeError() {
        return null;
    }

    @Override
    public void setIpv6Only(boolean on) {}

    @Override
    public <T> void setOption(SocketOption<T> option, T value) {}

    @Override
    public <T> T getOption(SocketOption<T> option) {
        throw new UnsupportedOperationException(option.name());
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
