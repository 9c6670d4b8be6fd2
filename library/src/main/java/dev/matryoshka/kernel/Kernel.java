package dev.matryoshka.kernel;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/**
 * One loop's share of an operating system: its poller, its sockets, its clock. Loop thread only, but for
 * {@link Poller#wakeup()} and {@link Clock#nanoTime()}.
 *
 * <p>Poller and sockets come as a pair: a descriptor of ours cannot be put into a Selector, nor a SocketChannel into our
 * epoll set. A kernel is opened by a {@link KernelProvider} for one loop and closed by it; sockets that are still open
 * then are closed too.
 */
public interface Kernel extends AutoCloseable {
    /** Short name as the command line spells it: {@code nio}, {@code epoll}, {@code memory}. */
    String name();

    Clock clock();

    Poller poller();

    /**
     * Opens a stream socket: non-blocking, close-on-exec, not yet bound or connected.
     *
     * @throws ResourceExhaustedException no descriptor or memory left
     * @throws UnsupportedOperationException this kernel has no sockets of that family
     */
    NonBlockingSocket openStream(StandardProtocolFamily family) throws IOException;

    /**
     * Makes a pipe, both ends of this process.
     *
     * @throws ResourceExhaustedException no descriptor or memory left
     */
    default PipeEnds openPipe() throws IOException {
        throw new UnsupportedOperationException("no pipes in the kernel " + name());
    }

    /**
     * Makes a pipe whose other end is for a child process.
     *
     * @param ours what this process does with its end
     * @throws UnsupportedOperationException this kernel has no descriptors
     */
    default ChildPipe openChildPipe(PipeMode ours) throws IOException {
        throw new UnsupportedOperationException("no descriptors in the kernel " + name());
    }

    /**
     * Makes a pipe to or from a thread that blocks.
     *
     * @param ours what the loop does with its end
     * @throws UnsupportedOperationException this kernel is not of this world
     */
    default BridgePipe openBridge(PipeMode ours) throws IOException {
        throw new UnsupportedOperationException("no thread can block in the kernel " + name());
    }

    /**
     * Opens a FIFO or a character device, without waiting for its other side.
     *
     * @throws IllegalArgumentException it is neither
     * @throws UnsupportedOperationException this kernel has no descriptors
     */
    default NonBlockingIo openPipe(Path path, PipeMode mode) throws IOException {
        throw new UnsupportedOperationException("no descriptors in the kernel " + name());
    }

    /**
     * Takes a descriptor over, and makes it non-blocking as long as it has it. It is closed with what is returned, and when
     * this throws IllegalArgumentException.
     *
     * @throws IllegalArgumentException it is neither a pipe, a socket nor a character device
     * @throws UnsupportedOperationException this kernel has no descriptors
     */
    default NonBlockingIo adoptPipe(int descriptor, PipeMode mode) throws IOException {
        throw new UnsupportedOperationException("no descriptors in the kernel " + name());
    }

    /**
     * Another way to a descriptor that belongs to somebody else, standard input for one: that stays open, and blocking where
     * the system allows.
     *
     * @throws IllegalArgumentException it is neither a pipe, a socket nor a character device
     * @throws UnsupportedOperationException this kernel has no descriptors
     */
    default NonBlockingIo sharePipe(int descriptor, PipeMode mode) throws IOException {
        throw new UnsupportedOperationException("no descriptors in the kernel " + name());
    }

    /**
     * Opens a datagram socket, UDP or of the Unix domain: non-blocking, close-on-exec, not yet bound.
     *
     * @throws ResourceExhaustedException no descriptor or memory left
     * @throws UnsupportedOperationException this kernel has no datagram sockets of that family
     */
    NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException;

    /**
     * Starts a child process, which has its own three streams and no other descriptor. Blocks for about a millisecond.
     *
     * @param background for what has to wait for another process by blocking: a thread for each job
     * @throws java.nio.file.FileSystemException the program cannot be executed, or a file not be opened; it names it
     * @throws UnsupportedOperationException this kernel has no processes, or cannot do what is asked for
     */
    default ChildProcess spawn(SpawnRequest request, Executor background) throws IOException {
        throw new UnsupportedOperationException("no processes in the kernel " + name());
    }

    /**
     * Whether an IPv6 listener on the wildcard takes IPv4 too, whatever {@link NonBlockingSocket#setIpv6Only} was told: then
     * a second listener for IPv4 on the same port cannot be bound, and is not needed.
     */
    default boolean isAlwaysDualStack() {
        return false;
    }

    /**
     * Opens a file in the way that this kernel's sockets send best. Any thread; may wait for the disk, so not the loop's.
     *
     * @throws java.nio.file.NoSuchFileException and the other exceptions that {@link java.nio.file.Files} throws
     */
    default FileSource openFile(Path path) throws IOException {
        return ChannelFile.open(path);
    }

    /** Whether a Unix socket that is bound to a path is a file there, which stays when the socket is closed. */
    default boolean hasUnixFiles() {
        return true;
    }

    /**
     * Takes a connected socket out of this kernel, for another loop. It is deregistered; afterwards the object is closed and the
     * connection is not. What was sent is under way, what arrived is received by the next owner.
     *
     * @throws IllegalArgumentException not a connected socket of this kernel
     * @throws java.nio.channels.ClosedChannelException it is closed
     * @throws UnsupportedOperationException this kind of kernel cannot
     */
    default Parcel release(NonBlockingSocket socket) throws IOException {
        throw new UnsupportedOperationException(name() + " keeps its sockets: " + socket);
    }

    /**
     * Makes what another kernel has released a socket of this one. When it throws, the parcel is closed.
     *
     * @throws IllegalArgumentException it comes from another kind of kernel, or was delivered before
     * @throws UnsupportedOperationException this kind of kernel cannot
     */
    default NonBlockingSocket adopt(Parcel parcel) throws IOException {
        parcel.close();
        throw new UnsupportedOperationException(name() + " takes no sockets of others: " + parcel);
    }

    /** Memory that this kernel's sockets move bytes through without a copy. Freed when unreachable. */
    Chunk allocate(int sizeBytes);

    /** What was asked of the operating system so far. */
    SystemCalls systemCalls();

    /**
     * Says that somebody outside this network is at work for the loop (an executor, a resolver) and will wake it: a virtual
     * clock must not jump meanwhile. Counted; a kernel on real time ignores it.
     */
    default void holdTime() {}

    /** Takes back one {@link #holdTime()}. Any thread. */
    default void releaseTime() {}

    /** Closes the poller and every socket left. Idempotent. */
    @Override
    void close();
}
