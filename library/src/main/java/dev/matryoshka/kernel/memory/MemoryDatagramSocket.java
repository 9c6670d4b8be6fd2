package dev.matryoshka.kernel.memory;

import dev.matryoshka.kernel.Addresses;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket of a {@link MemoryNetwork}. Loop thread only.
 *
 * <p>It checks arguments, counts what would be a system call, and takes the lock. What a socket is stands in
 * {@link DatagramCore}.
 */
final class MemoryDatagramSocket implements NonBlockingDatagramSocket, MemoryWatchable {
    private final MemoryKernel kernel;
    private final NetworkLock lock;
    private final SystemCalls calls;
    private final DatagramCore core;
    private @Nullable SocketAddress sender;
    private boolean truncated;

    /** Remembered, and does nothing: there are no interfaces. */
    private @Nullable NetworkInterface multicastInterface;

    MemoryDatagramSocket(MemoryKernel kernel, DatagramCore core) {
        this.kernel = kernel;
        this.lock = kernel.network().lock();
        this.calls = kernel.systemCalls();
        this.core = core;
    }

    // ---- what the poller asks -------------------------------------------------------------------------------------

    @Override
    public boolean isOf(MemoryNetwork network) {
        return kernel.network() == network;
    }

    @Override
    public Signal signal() {
        return core.signal();
    }

    @Override
    public int readiness() {
        return core.readiness();
    }

    @Override
    public StandardProtocolFamily family() {
        return core.family();
    }

    // ---- addresses ------------------------------------------------------------------------------------------------

    @Override
    public void bind(SocketAddress local) throws IOException {
        try (var _ = lock.hold()) {
            core.bind(local);
        }
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        try (var _ = lock.hold()) {
            core.connect(remote);
        }
    }

    @Override
    public void disconnect() throws IOException {
        try (var _ = lock.hold()) {
            core.disconnect();
        }
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        try (var _ = lock.hold()) {
            return core.local();
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        try (var _ = lock.hold()) {
            return core.remote();
        }
    }

    // ---- datagrams ------------------------------------------------------------------------------------------------

    @Override
    public int tryRecvFrom(Chunk chunk, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        if (length == 0) {
            throw new IllegalArgumentException("length must be at least 1");
        }
        return tryRecvFrom(chunk.bytes().limit(offset + length).position(offset));
    }

    @Override
    public int tryRecvFrom(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        calls.recv++;
        DatagramCore.Packet packet;
        try (var _ = lock.hold()) {
            packet = core.receive();
        }
        if (packet == null) {
            return WOULD_BLOCK;
        }
        int count = Math.min(packet.bytes().length, target.remaining());
        target.put(packet.bytes(), 0, count);
        truncated = count < packet.bytes().length;
        if (!Addresses.isSame(packet.sender(), sender)) {
            sender = packet.sender();
        }
        return count;
    }

    @Override
    public @Nullable SocketAddress sender() {
        return sender;
    }

    @Override
    public boolean isTruncated() {
        return truncated;
    }

    @Override
    public int trySendTo(ByteBuffer source, @Nullable SocketAddress remote) throws IOException {
        calls.send++;
        int length = source.remaining();
        try (var _ = lock.hold()) {
            core.ensureOpen();
            SocketAddress peer = core.remote();
            if (peer != null && remote != null && !Addresses.isSame(remote, peer)) {
                throw new IllegalArgumentException("connected to " + peer + ": cannot send to " + remote);
            }
            byte[] bytes = new byte[length];
            source.get(source.position(), bytes);
            if (!core.send(bytes, remote)) {
                return WOULD_BLOCK;
            }
        }
        source.position(source.limit());
        return length;
    }

    @Override
    public int trySendTo(Chunk chunk, int offset, int length, @Nullable SocketAddress remote) throws IOException {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        return trySendTo(chunk.bytes().limit(offset + length).position(offset), remote);
    }

    // ---- options, groups ------------------------------------------------------------------------------------------

    @Override
    public void setIpv6Only(boolean on) throws IOException {
        try (var _ = lock.hold()) {
            core.setIpv6Only(on);
        }
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            if (isMulticastInterface(option)) {
                multicastInterface = (NetworkInterface) value;
            } else {
                core.options().set(option, value);
                core.roomAppeared();
            }
        }
    }

    /** {@inheritDoc} Null for IP_MULTICAST_IF that was never set, as the JDK has it: then the system chooses. */
    @Override
    @SuppressWarnings("NullAway")
    public <T> T getOption(SocketOption<T> option) throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            return isMulticastInterface(option)
                    ? option.type().cast(multicastInterface)
                    : core.options().get(option);
        }
    }

    private boolean isMulticastInterface(SocketOption<?> option) {
        return option.equals(StandardSocketOptions.IP_MULTICAST_IF) && core.family() != StandardProtocolFamily.UNIX;
    }

    @Override
    public void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            core.join(group, on, source);
        }
    }

    @Override
    public void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        try (var _ = lock.hold()) {
            core.ensureOpen();
            core.leave(group, on, source);
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public @Nullable IOException takeError() {
        try (var _ = lock.hold()) {
            return core.takeError();
        }
    }

    @Override
    public boolean isOpen() {
        return core.isOpen();
    }

    @Override
    public void close() {
        if (core.isOpen()) {
            calls.close++;
            kernel.remove(this);
            try (var _ = lock.hold()) {
                core.close();
            }
        }
    }

    @Override
    public String toString() {
        return "MemoryDatagramSocket[" + core + "]";
    }
}
