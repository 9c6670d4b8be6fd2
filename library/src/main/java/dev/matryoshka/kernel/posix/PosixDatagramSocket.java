package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.Addresses;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket that is a descriptor: UDP, or of the Unix domain with file and abstract names. Loop thread only.
 *
 * <p>One system call for each datagram, and no object for a peer that was heard or spoken to of late. recvmmsg(2) would save system
 * calls when datagrams come in crowds, but holds what it has taken: whoever pauses between two of them would have to put the rest
 * back.
 */
public final class PosixDatagramSocket extends PosixNetworkSocket implements NonBlockingDatagramSocket {
    private final RecentAddresses sender;
    private final RecentAddresses target;
    private boolean truncated;

    /** IP_MULTICAST_IF as it was set: Linux does not give the interface of an IPv4 socket back, only an address of it. */
    private @Nullable NetworkInterface multicastInterface;

    PosixDatagramSocket(PosixSockets shared, int fd, StandardProtocolFamily family) {
        super(shared, fd, family, null);
        Arena arena = Arena.ofAuto();
        this.sender = new RecentAddresses(arena);
        this.target = new RecentAddresses(arena);
    }

    @Override
    boolean isDatagram() {
        return true;
    }

    @Override
    public StandardProtocolFamily family() {
        return family;
    }

    // ---- the peer -------------------------------------------------------------------------------------------------

    @Override
    public void connect(SocketAddress remote) throws IOException {
        int result;
        do {
            result = shared.connect(ensureOpen(), remote, family);
        } while (result == -EINTR);
        check(result, Operation.CONNECT, remote);
        connectedTo(remote);
    }

    /**
     * Linux takes a port that nobody asked for by its number away together with the peer; here it is bound again. The address that
     * is left is the one that was bound, or the wildcard of the socket's family; the one that connect has chosen may have been the
     * IPv4 side of an IPv6 socket.
     */
    @Override
    public void disconnect() throws IOException {
        ensureOpen();
        if (remoteAddress() == null) {
            return;
        }
        SocketAddress before = localAddress();
        check(shared.dissolve(fd), Operation.CONNECT, "nobody");
        connectedTo(null);
        if (before instanceof InetSocketAddress lost
                && shared.localAddress(fd) instanceof InetSocketAddress left
                && left.getPort() == 0) {
            bind(new InetSocketAddress(left.getAddress(), lost.getPort()));
        }
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public int tryRecvFrom(Chunk chunk, int offset, int length) throws IOException {
        ensureOpen();
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        if (length == 0) {
            throw new IllegalArgumentException("length: 0");
        }
        int count = recvFrom(chunk.address() + offset, length);
        Reference.reachabilityFence(chunk);
        return count;
    }

    @Override
    public int tryRecvFrom(ByteBuffer buffer) throws IOException {
        ensureOpen();
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        int count;
        if (buffer.isDirect()) {
            count = recvFrom(BufferIo.address(buffer), buffer.remaining());
            Reference.reachabilityFence(buffer);
            if (count > 0) {
                buffer.position(buffer.position() + count);
            }
        } else {
            ByteBuffer staging = shared.buffers.staging();
            count = recvFrom(shared.buffers.stagingAddress(), Math.min(buffer.remaining(), staging.capacity()));
            if (count > 0) {
                buffer.put(staging.limit(count).position(0));
                staging.clear();
            }
        }
        return count;
    }

    private int recvFrom(long address, int room) throws IOException {
        int result;
        do {
            shared.calls.recv++;
            result = shared.recvFrom(fd, address, room);
        } while (result == -EINTR);
        if (result < 0) {
            if (result == -EAGAIN) {
                return WOULD_BLOCK;
            }
            throw failure(-result, Operation.RECEIVE, remoteAddress());
        }
        shared.decodeSender(sender);
        truncated = result > room;
        return Math.min(result, room);
    }

    @Override
    public @Nullable SocketAddress sender() {
        return sender.get();
    }

    @Override
    public boolean isTruncated() {
        return truncated;
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public int trySendTo(ByteBuffer source, @Nullable SocketAddress remote) throws IOException {
        SocketAddress other = addressOtherThanPeer(remote);
        int length = source.remaining();
        int result;
        if (source.isDirect()) {
            result = sendTo(BufferIo.address(source), length, other);
            Reference.reachabilityFence(source);
        } else {
            ByteBuffer staging = shared.buffers.staging();
            if (length > staging.capacity()) {
                result = -Errno.EMSGSIZE.number;
            } else {
                staging.put(0, source, source.position(), length);
                result = sendTo(shared.buffers.stagingAddress(), length, other);
            }
        }
        if (result >= 0) {
            source.position(source.limit());
        }
        return sent(result, length, other);
    }

    @Override
    public int trySendTo(Chunk chunk, int offset, int length, @Nullable SocketAddress remote) throws IOException {
        SocketAddress other = addressOtherThanPeer(remote);
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        int result = sendTo(chunk.address() + offset, length, other);
        Reference.reachabilityFence(chunk);
        return sent(result, length, other);
    }

    /** For a connected socket null: it has its address in the kernel. */
    private @Nullable SocketAddress addressOtherThanPeer(@Nullable SocketAddress remote) throws IOException {
        ensureOpen();
        SocketAddress peer = remoteAddress();
        if (peer == null) {
            return remote;
        }
        if (remote != null && !Addresses.isSame(remote, peer)) {
            throw new IllegalArgumentException("connected to " + peer + ": cannot send to " + remote);
        }
        return null;
    }

    private int sent(int result, int length, @Nullable SocketAddress other) throws IOException {
        if (result == -EAGAIN) {
            return WOULD_BLOCK;
        }
        if (result < 0) {
            throw failure(-result, Operation.SEND, other == null ? remoteAddress() : other);
        }
        return length;
    }

    private int sendTo(long address, int length, @Nullable SocketAddress remote) {
        int size = remote == null ? 0 : target.encode(remote, family);
        if (size < 0) {
            return size;
        }
        int result;
        do {
            shared.calls.send++;
            result = shared.libc.sendto(fd, address, length, size == 0 ? 0 : target.pointer(), size);
        } while (result == -EINTR);
        return result;
    }

    /**
     * A Unix datagram waits in the receiver's queue, which may be full. Linux tells a connected sender when its peer has taken one
     * (unix_dgram_peer_wake_me). For another one it looks at its own memory only (unix_write_space), which the refused datagram has
     * just given back: so that is told at once, after each refusal, and the room at the receiver not at all.
     */
    @Override
    public boolean tellsOfRoom() {
        return family != StandardProtocolFamily.UNIX || remoteAddress() != null;
    }

    /** udp(7): ECONNREFUSED is an ICMP message about a datagram that was sent before, and nothing is broken. */
    private IOException failure(int errno, Operation operation, @Nullable SocketAddress subject) {
        IOException failure = Errno.exception(errno, operation, subject);
        return errno == Errno.ECONNREFUSED.number && family != StandardProtocolFamily.UNIX
                ? new PortUnreachableException(failure.getMessage())
                : failure;
    }

    @Override
    public @Nullable IOException takeError() {
        int errno = takeErrno();
        return errno == 0 ? null : failure(errno, Operation.CONNECTION, remoteAddress());
    }

    // ---- multicast ------------------------------------------------------------------------------------------------

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (isMulticastInterface(option)) {
            NetworkInterface wanted = (NetworkInterface) value;
            check(shared.multicast.setInterface(ensureOpen(), family, wanted), Operation.OPTION, option.name());
            multicastInterface = wanted;
        } else {
            super.setOption(option, value);
        }
    }

    /** {@inheritDoc} Null for IP_MULTICAST_IF that was never set, as the JDK has it: then the system chooses. */
    @Override
    @SuppressWarnings("NullAway")
    public <T> T getOption(SocketOption<T> option) throws IOException {
        if (isMulticastInterface(option)) {
            ensureOpen();
            return option.type().cast(multicastInterface);
        }
        return super.getOption(option);
    }

    private boolean isMulticastInterface(SocketOption<?> option) {
        return option.equals(StandardSocketOptions.IP_MULTICAST_IF) && family != StandardProtocolFamily.UNIX;
    }

    @Override
    public void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        int result = shared.multicast.join(multicastSocket(), family, group, on, source);
        if (result != -Errno.EADDRINUSE.number) {
            check(result, Operation.JOIN, group.getHostAddress());
        }
    }

    @Override
    public void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        int result = shared.multicast.leave(multicastSocket(), family, group, on, source);
        check(result, Operation.JOIN, group.getHostAddress());
    }

    private int multicastSocket() throws IOException {
        if (family == StandardProtocolFamily.UNIX) {
            throw new UnsupportedOperationException("multicast on a UNIX socket");
        }
        return ensureOpen();
    }
}
