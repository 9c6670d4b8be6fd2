package dev.matryoshka.kernel.memory;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One loop's share of a {@link MemoryNetwork}. Loop thread only, but for {@link Poller#wakeup()}, {@link Clock#nanoTime()},
 * {@link #holdTime()} and {@link #releaseTime()}.
 */
final class MemoryKernel implements Kernel {
    static final String NAME = "memory";

    /** So much of a file is read at once: a chunk of the loop's pool, so that a window of the default size takes it whole. */
    private static final int FILE_PIECE_BYTES = 64 * 1024;

    private final MemoryNetwork network;
    private final SystemCalls calls = new SystemCalls();
    private final MemoryPoller poller;

    /** In the order of their birth, so that closing the kernel does the same in each run. */
    private final Set<MemoryWatchable> sockets = new LinkedHashSet<>();

    /** Null until a file is sent. */
    private @Nullable ByteBuffer filePiece;

    private boolean closed;

    MemoryKernel(MemoryNetwork network) {
        this.network = network;
        this.poller = new MemoryPoller(network, calls);
    }

    MemoryNetwork network() {
        return network;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Clock clock() {
        return network.clock();
    }

    @Override
    public MemoryPoller poller() {
        return poller;
    }

    @Override
    public NonBlockingSocket openStream(StandardProtocolFamily family) {
        if (closed) {
            throw new IllegalStateException("this kernel is closed");
        }
        calls.open++;
        return add(new MemorySocket(
                this, new SocketCore(network, family, network.freshOptions(SocketKind.stream(family)))));
    }

    @Override
    public NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) {
        if (closed) {
            throw new IllegalStateException("this kernel is closed");
        }
        calls.open++;
        OptionValues options = network.freshOptions(SocketKind.datagram(family));
        return add(new MemoryDatagramSocket(this, new DatagramCore(network, family, options)));
    }

    MemorySocket adopt(Endpoint accepted, StandardProtocolFamily family) {
        return add(new MemorySocket(this, new SocketCore(network, family, accepted)));
    }

    @Override
    public PipeEnds openPipe() {
        if (closed) {
            throw new IllegalStateException("this kernel is closed");
        }
        calls.open++;
        return MemoryPipe.open(this);
    }

    <S extends MemoryWatchable> S add(S socket) {
        sockets.add(socket);
        return socket;
    }

    void remove(MemoryWatchable socket) {
        sockets.remove(socket);
    }

    /** False: a name here is no file. */
    @Override
    public boolean hasUnixFiles() {
        return false;
    }

    @Override
    public Parcel release(NonBlockingSocket socket) throws IOException {
        if (!(socket instanceof MemorySocket ours) || !ours.isOf(this)) {
            throw new IllegalArgumentException("not a socket of this kernel: " + socket);
        }
        return ours.release();
    }

    @Override
    public NonBlockingSocket adopt(Parcel parcel) throws IOException {
        if (!(parcel instanceof MemoryParcel ours) || !ours.isOf(network)) {
            parcel.close();
            throw new IllegalArgumentException("not of this network: " + parcel);
        }
        if (closed) {
            parcel.close();
            throw new ClosedChannelException();
        }
        return add(new MemorySocket(this, ours.take()));
    }

    @Override
    public Chunk allocate(int sizeBytes) {
        return new Chunk(ByteBuffer.allocateDirect(sizeBytes), 0);
    }

    /** Scratch memory for the bytes of a file, until the next call. */
    ByteBuffer filePiece() {
        ByteBuffer piece = filePiece;
        if (piece == null) {
            piece = ByteBuffer.allocate(FILE_PIECE_BYTES);
            filePiece = piece;
        }
        return piece;
    }

    @Override
    public SystemCalls systemCalls() {
        return calls;
    }

    /** Any thread. As {@link VirtualClock#hold()}; nothing on real time. */
    @Override
    public void holdTime() {
        VirtualClock time = network.virtualTime();
        if (time != null) {
            time.hold();
        }
    }

    /** Any thread. As {@link VirtualClock#release()}; nothing on real time. */
    @Override
    public void releaseTime() {
        VirtualClock time = network.virtualTime();
        if (time != null) {
            time.release();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (MemoryWatchable socket : List.copyOf(sockets)) {
            socket.close();
        }
        network.remove(poller);
    }

    @Override
    public String toString() {
        return "MemoryKernel[" + sockets.size() + " sockets, " + calls + "]";
    }
}
