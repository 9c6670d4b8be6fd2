package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.BridgePipe;
import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.kernel.SpawnRequest;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;

/** A selector and the channels for it, for one loop. Loop thread only, but for what {@link Kernel} excepts. */
final class NioKernel implements Kernel {
    private final SystemCalls calls = new SystemCalls();
    private final NioPoller poller;

    /** What close has to close. The selector knows only those that are registered. */
    private final Set<NioWatchable> sockets = new LinkedHashSet<>();

    private boolean closed;

    /** @throws IOException no selector can be opened; in the JDK's words */
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
    public NioPoller poller() {
        return poller;
    }

    /**
     * {@inheritDoc}
     *
     * @throws ClosedChannelException the kernel was closed, and nobody would be left to close the socket
     */
    @Override
    public NonBlockingSocket openStream(StandardProtocolFamily family) throws IOException {
        ensureOpen();
        return add(new NioSocket(this, family));
    }

    @Override
    public PipeEnds openPipe() throws IOException {
        ensureOpen();
        calls.open++;
        Pipe pipe = Pipe.open();
        return new PipeEnds(add(new NioPipe(this, pipe.source())), add(new NioPipe(this, pipe.sink())));
    }

    @Override
    public NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException {
        ensureOpen();
        return add(new NioDatagramSocket(this, family));
    }

    @Override
    public ChildProcess spawn(SpawnRequest request, Executor background) throws IOException {
        ensureOpen();
        return add(NioChild.start(this, request, background));
    }

    @Override
    public BridgePipe openBridge(PipeMode ours) throws IOException {
        ensureOpen();
        calls.open++;
        Pipe pipe = Pipe.open();
        return ours == PipeMode.READ
                ? new BridgePipe(add(new NioPipe(this, pipe.source())), Channels.newOutputStream(pipe.sink()))
                : new BridgePipe(add(new NioPipe(this, pipe.sink())), Channels.newInputStream(pipe.source()));
    }

    /** True: the JDK opens every IPv6 socket for both families, and has no option to change that. */
    @Override
    public boolean isAlwaysDualStack() {
        return true;
    }

    private void ensureOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    <S extends NioWatchable> S add(S socket) {
        sockets.add(socket);
        return socket;
    }

    void remove(NioWatchable socket) {
        sockets.remove(socket);
    }

    @Override
    public Parcel release(NonBlockingSocket socket) throws IOException {
        if (!(socket instanceof NioSocket ours) || !ours.isOf(this)) {
            throw new IllegalArgumentException("not a socket of this kernel: " + socket);
        }
        return ours.release();
    }

    @Override
    public NonBlockingSocket adopt(Parcel parcel) throws IOException {
        if (!(parcel instanceof NioParcel channel)) {
            parcel.close();
            throw new IllegalArgumentException("not a channel: " + parcel);
        }
        if (closed) {
            parcel.close();
            throw new ClosedChannelException();
        }
        return add(NioSocket.of(channel, this));
    }

    /** A direct buffer without its address: a channel finds it by itself. */
    @Override
    public Chunk allocate(int sizeBytes) {
        return new Chunk(ByteBuffer.allocateDirect(sizeBytes), 0);
    }

    @Override
    public SystemCalls systemCalls() {
        return calls;
    }

    /** First the selector, which lets go of all channels at once, then these. */
    @Override
    public void close() {
        closed = true;
        poller.close();
        List.copyOf(sockets).forEach(NioWatchable::close);
    }
}
