package dev.matryoshka.kernel.epoll;

import dev.matryoshka.kernel.BridgePipe;
import dev.matryoshka.kernel.ChannelFile;
import dev.matryoshka.kernel.ChildPipe;
import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.SpawnRequest;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.posix.PosixChildren;
import dev.matryoshka.kernel.posix.PosixFile;
import dev.matryoshka.kernel.posix.PosixPipes;
import dev.matryoshka.kernel.posix.PosixSockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/**
 * Linux for one loop: an epoll set and the sockets for it. Loop thread only, but for what {@link Kernel} excepts.
 *
 * <p>All native memory that lives as long as the kernel comes from one automatic arena: about 30 KiB, freed when the
 * kernel is unreachable. Not a shared arena, which could be freed at close: each foreign call would then count itself
 * in and out of the arena by two atomic operations, and a call on a closed kernel would have to fear for its memory.
 */
final class EpollKernel implements Kernel {
    private final SystemCalls calls = new SystemCalls();
    private final EpollPoller poller;
    private final PosixSockets sockets;
    private final PosixPipes pipes;
    private final PosixChildren children;

    /** @throws IOException as {@link EpollProvider#open()} */
    EpollKernel() throws IOException {
        Arena arena = Arena.ofAuto();
        EpollLibc libc = new EpollLibc(arena);
        poller = new EpollPoller(libc, calls, arena);
        sockets = new PosixSockets(libc, calls, arena);
        pipes = new PosixPipes(sockets, arena);
        children = new PosixChildren(sockets, pipes);
    }

    @Override
    public String name() {
        return EpollProvider.NAME;
    }

    /** CLOCK_MONOTONIC, which is also what epoll_pwait2 waits by. */
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
        return sockets.openStream(family);
    }

    @Override
    public NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException {
        return sockets.openDatagram(family);
    }

    @Override
    public PipeEnds openPipe() throws IOException {
        return pipes.open();
    }

    @Override
    public ChildPipe openChildPipe(PipeMode ours) throws IOException {
        return pipes.openForChild(ours);
    }

    @Override
    public BridgePipe openBridge(PipeMode ours) throws IOException {
        return pipes.openBridge(ours);
    }

    @Override
    public NonBlockingIo openPipe(Path path, PipeMode mode) throws IOException {
        return pipes.open(path, mode);
    }

    @Override
    public NonBlockingIo adoptPipe(int descriptor, PipeMode mode) throws IOException {
        return pipes.adopt(descriptor, mode);
    }

    @Override
    public NonBlockingIo sharePipe(int descriptor, PipeMode mode) throws IOException {
        return pipes.share(descriptor, mode);
    }

    @Override
    public ChildProcess spawn(SpawnRequest request, Executor background) throws IOException {
        return children.start(request, background);
    }

    /** By open(2): sendfile(2) wants a descriptor, and the JDK gives away none. Files of other file systems as the JDK can. */
    @Override
    public FileSource openFile(Path path) throws IOException {
        return path.getFileSystem() == FileSystems.getDefault() ? PosixFile.open(path) : ChannelFile.open(path);
    }

    @Override
    public Parcel release(NonBlockingSocket socket) throws IOException {
        return sockets.release(socket);
    }

    @Override
    public NonBlockingSocket adopt(Parcel parcel) throws IOException {
        return sockets.adopt(parcel);
    }

    /** A direct buffer, so that -XX:MaxDirectMemorySize bounds what connections may hold. */
    @Override
    public Chunk allocate(int sizeBytes) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(sizeBytes);
        return new Chunk(bytes, MemorySegment.ofBuffer(bytes).address());
    }

    @Override
    public SystemCalls systemCalls() {
        return calls;
    }

    @Override
    public void close() {
        sockets.close();
        poller.close();
    }
}
