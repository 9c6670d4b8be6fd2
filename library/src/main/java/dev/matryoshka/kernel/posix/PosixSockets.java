package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.matryoshka.kernel.FileFailedException;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of one kernel and what they share: libc, counters, scratch memory, and the list of the open ones. Loop
 * thread only.
 */
public final class PosixSockets implements AutoCloseable {
    /** Room for the largest option, struct ucred: three ints. */
    private static final int OPTION_BYTES = 2 * Long.BYTES;

    final Libc libc;
    final SystemCalls calls;
    final BufferIo buffers;
    final Multicast multicast;

    /**
     * One address, the int (or struct linger, or struct ucred) of one option, and one socklen_t: nothing outlives the call that it is
     * for.
     */
    private final MemorySegment address;

    private final MemorySegment option;
    private final MemorySegment length;

    /** The off_t of sendfile(2). */
    private final MemorySegment offset;

    /** A list through the sockets themselves, so that opening and closing allocate nothing and take no search. */
    private @Nullable PosixDescriptor firstOpen;

    private boolean closed;

    /**
     * @param arena automatic: its memory must outlive every socket, and closing a shared one stops the world for a
     * moment
     */
    public PosixSockets(Libc libc, SystemCalls calls, Arena arena) {
        this.libc = libc;
        this.calls = calls;
        this.buffers = new BufferIo(arena);
        this.multicast = new Multicast(libc, arena);
        this.address = arena.allocate(SocketAddresses.MAX_BYTES, Long.BYTES);
        this.option = arena.allocate(OPTION_BYTES, Long.BYTES);
        this.length = arena.allocate(JAVA_INT);
        this.offset = arena.allocate(JAVA_LONG);
    }

    /**
     * Opens a stream socket, non-blocking and close-on-exec from birth.
     *
     * @throws UnsupportedOperationException no sockets of that family here, as with IPv6 switched off
     * @throws dev.matryoshka.kernel.ResourceExhaustedException no descriptor or memory left
     * @throws ClosedChannelException the kernel was closed, and nobody would be left to close the socket
     */
    public PosixSocket openStream(StandardProtocolFamily family) throws IOException {
        return add(new PosixSocket(this, open(family, Constants.SOCK_STREAM), family, null));
    }

    /** As {@link #openStream}, for datagrams. */
    public PosixDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException {
        return add(new PosixDatagramSocket(this, open(family, Constants.SOCK_DGRAM), family));
    }

    private int open(StandardProtocolFamily family, int type) throws IOException {
        ensureOpen();
        int domain = switch (family) {
            case INET -> Constants.AF_INET;
            case INET6 -> Constants.AF_INET6;
            case UNIX -> Constants.AF_UNIX;
        };
        calls.open++;
        int fd = libc.socket(domain, type | Constants.SOCK_NONBLOCK | Constants.SOCK_CLOEXEC, 0);
        if (fd == -Errno.EAFNOSUPPORT.number) {
            throw new UnsupportedOperationException("this system has no " + family + " sockets");
        }
        if (fd < 0) {
            throw Errno.exception(-fd, Operation.OPEN, "a socket of family " + family);
        }
        return fd;
    }

    void ensureOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    /** Takes one connection: its descriptor, for {@link #accepted}, or −errno. */
    int accept(int listener) {
        length.set(JAVA_INT, 0, SocketAddresses.MAX_BYTES);
        calls.accept++;
        int flags = Constants.SOCK_NONBLOCK | Constants.SOCK_CLOEXEC;
        return libc.accept4(listener, address.address(), length.address(), flags);
    }

    /**
     * The socket of a descriptor that {@link #accept} has just answered; its peer's address is still in the scratch.
     */
    PosixSocket accepted(int fd, StandardProtocolFamily family) {
        int size = Math.min(length.get(JAVA_INT, 0), SocketAddresses.MAX_BYTES);
        byte[] peer = address.asSlice(0, size).toArray(JAVA_BYTE);
        return add(new PosixSocket(this, fd, family, peer));
    }

    /** As {@link dev.matryoshka.kernel.Kernel#release}. */
    public Parcel release(NonBlockingSocket socket) throws IOException {
        if (!(socket instanceof PosixSocket ours) || ours.shared != this) {
            throw new IllegalArgumentException("not a socket of this kernel: " + socket);
        }
        return ours.release();
    }

    /** As {@link dev.matryoshka.kernel.Kernel#adopt}. */
    public PosixSocket adopt(Parcel parcel) throws IOException {
        if (!(parcel instanceof PosixParcel descriptor)) {
            parcel.close();
            throw new IllegalArgumentException("not a descriptor: " + parcel);
        }
        if (closed) {
            parcel.close();
            throw new ClosedChannelException();
        }
        return add(PosixSocket.of(descriptor, this));
    }

    <D extends PosixDescriptor> D add(D socket) {
        socket.next = firstOpen;
        if (firstOpen != null) {
            firstOpen.previous = socket;
        }
        firstOpen = socket;
        return socket;
    }

    void remove(PosixDescriptor socket) {
        if (socket.previous == null) {
            firstOpen = socket.next;
        } else {
            socket.previous.next = socket.next;
        }
        if (socket.next != null) {
            socket.next.previous = socket.previous;
        }
        socket.next = null;
        socket.previous = null;
    }

    /**
     * sendfile(2) to any descriptor.
     *
     * @return the count, 0 where the file has no byte, or −errno of the descriptor
     */
    long sendFile(int fd, FileSource source, long position, long count) throws FileFailedException {
        if (count < 1 || position < 0) {
            throw new IllegalArgumentException(count + " bytes at " + position);
        }
        if (!(source instanceof PosixFile file)) {
            throw new UnsupportedOperationException("a channel of the JDK does not give its descriptor: " + source);
        }
        long result;
        do {
            offset.set(JAVA_LONG, 0, position);
            calls.sendFile++;
            result = libc.sendfile(fd, file.descriptor(), offset.address(), count);
        } while (result == -PosixDescriptor.EINTR);
        if (result < 0) {
            checkFile((int) -result, file);
        }
        return result;
    }

    private static void checkFile(int number, PosixFile file) throws FileFailedException {
        Errno errno = Errno.of(number);
        switch (errno) {
            // sendfile(2): neither mapped nor spliced, as a FIFO or a file of /proc; or a terminal on the other side
            case EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE ->
                throw new UnsupportedOperationException("the system cannot send " + file + ": " + errno);
            case EIO, EOVERFLOW, EISDIR, EBADF -> throw new FileFailedException(file.failed(number));
            case null, default -> {}
        }
    }

    int bind(int fd, SocketAddress local, StandardProtocolFamily family) {
        int size = SocketAddresses.encode(local, family, address);
        return size < 0 ? size : libc.bind(fd, address.address(), size);
    }

    int connect(int fd, SocketAddress remote, StandardProtocolFamily family) {
        int size = SocketAddresses.encode(remote, family, address);
        return size < 0 ? size : libc.connect(fd, address.address(), size);
    }

    /** connect(2): an address of no family takes the peer of a datagram socket away. */
    int dissolve(int fd) {
        address.fill((byte) 0);
        return libc.connect(fd, address.address(), SocketAddresses.IN_BYTES);
    }

    /** The length of the next datagram, or −errno; {@link #decodeSender} knows who sent it, until the next call. */
    int recvFrom(int fd, long target, int room) {
        length.set(JAVA_INT, 0, SocketAddresses.MAX_BYTES);
        return libc.recvfrom(fd, target, room, address.address(), length.address());
    }

    void decodeSender(RecentAddresses sender) {
        sender.decode(address, length.get(JAVA_INT, 0));
    }

    /** Null when the descriptor has no address, not even an empty one. */
    @Nullable
    SocketAddress localAddress(int fd) {
        length.set(JAVA_INT, 0, SocketAddresses.MAX_BYTES);
        int result = libc.getsockname(fd, address.address(), length.address());
        return result < 0 ? null : SocketAddresses.decode(address, length.get(JAVA_INT, 0));
    }

    int setOption(int fd, int level, int number, int value) {
        option.set(JAVA_INT, 0, value);
        return libc.setsockopt(fd, level, number, option.address(), Integer.BYTES);
    }

    /** {@code struct linger { int on; int seconds; }}, socket(7); negative seconds are off. */
    int setLinger(int fd, int seconds) {
        option.set(JAVA_INT, 0, seconds >= 0 ? 1 : 0);
        option.set(JAVA_INT, Integer.BYTES, Math.max(seconds, 0));
        return libc.setsockopt(fd, Constants.SOL_SOCKET, Constants.SO_LINGER, option.address(), 2 * Integer.BYTES);
    }

    /** Reads an option into the scratch; {@link #optionInt} has it then. */
    int getOption(int fd, int level, int number) {
        option.set(JAVA_INT, 0, 0);
        length.set(JAVA_INT, 0, (int) option.byteSize());
        return libc.getsockopt(fd, level, number, option.address(), length.address());
    }

    /** The int that was read last; {@code index} 1 is the second half of struct linger, 1 and 2 are the rest of struct ucred. */
    int optionInt(int index) {
        return option.getAtIndex(JAVA_INT, index);
    }

    /** Closes every socket left. Idempotent. */
    @Override
    public void close() {
        closed = true;
        while (firstOpen != null) {
            firstOpen.close();
        }
    }
}
