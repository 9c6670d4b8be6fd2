package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One loop's Selector and channels. Loop thread only, but for the wake-up and the clock. */
final class NioKernel implements Kernel {
    private final SystemCalls calls = new SystemCalls();
    private final NioPoller poller;

    /** Sockets that are open, so that closing the kernel leaves none behind. */
    private final Set<NioSocket> open = new HashSet<>();

    NioKernel() throws IOException {
        poller = new NioPoller(calls);
    }

    @Override
    public String name() {
        return NioProvider.NAME;
    }

    @Override
    public Clock clock() {
        return System::nanoTime;
    }

    @Override
    public Poller poller() {
        return poller;
    }

    @Override
    public NonBlockingSocket openStream(StandardProtocolFamily family) throws IOException {
        return new NioSocket(this, family);
    }

    void opened(NioSocket socket) {
        open.add(socket);
        calls.open++;
    }

    void closed(NioSocket socket) {
        open.remove(socket);
        calls.close++;
        poller.flushCancelled();
    }

    @Override
    public boolean isAlwaysDualStack() {
        return true;
    }

    @Override
    public Chunk allocate(int sizeBytes) {
        return new Chunk(ByteBuffer.allocateDirect(sizeBytes), 0);
    }

    @Override
    public SystemCalls systemCalls() {
        return calls;
    }

    @Override
    public void close() {
        List.copyOf(open).forEach(NioSocket::close);
        poller.close();
    }
}
