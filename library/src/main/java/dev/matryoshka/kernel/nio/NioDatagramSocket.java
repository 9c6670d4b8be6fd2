package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Addresses;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket over a DatagramChannel. Loop thread only.
 *
 * <p>What differs from a socket that is a descriptor: {@link #connect} drops what has arrived; a receive binds; a connected one
 * refuses to send an empty datagram, because a channel makes no system call for it and would say that it is sent; elsewhere an empty
 * one that finds no room counts as sent, because a channel answers 0 to both; there are no Unix datagrams.
 */
final class NioDatagramSocket implements NonBlockingDatagramSocket, NioWatchable {
    private record Membership(
            InetAddress group,
            NetworkInterface on,
            @Nullable InetAddress source) {}

    private final NioRegistration registration = new NioRegistration();
    private final NioKernel kernel;
    private final SystemCalls calls;
    private final StandardProtocolFamily family;
    private final DatagramChannel channel;
    private final Map<Membership, MembershipKey> memberships = new HashMap<>();
    private @Nullable SocketAddress remote;
    private @Nullable SocketAddress sender;
    private boolean truncated;

    /**
     * One byte more than the largest datagram: a channel drops what does not fit without a word, so where less room is given
     * they come through here. Made on first use.
     */
    private @Nullable ByteBuffer whole;

    /** @throws UnsupportedOperationException no datagram sockets of that family here */
    NioDatagramSocket(NioKernel kernel, StandardProtocolFamily family) throws IOException {
        if (family == StandardProtocolFamily.UNIX) {
            throw new UnsupportedOperationException("the JDK has no UNIX datagram sockets");
        }
        this.kernel = kernel;
        this.calls = kernel.systemCalls();
        this.family = family;
        calls.open++;
        try {
            channel = DatagramChannel.open(family);
            SelectableChannel ignored = channel.configureBlocking(false);
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.OPEN, "a socket of family " + family);
        }
    }

    // ---- what the poller asks -------------------------------------------------------------------------------------

    @Override
    public NioRegistration registration() {
        return registration;
    }

    @Override
    public SelectableChannel channel() {
        return channel;
    }

    @Override
    public boolean isRoleless() {
        return false;
    }

    @Override
    public int operations(int interest) {
        return ((interest & Readiness.READABLE) != 0 ? SelectionKey.OP_READ : 0)
                | ((interest & Readiness.WRITABLE) != 0 ? SelectionKey.OP_WRITE : 0);
    }

    @Override
    public void ensureOpen() throws ClosedChannelException {
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public StandardProtocolFamily family() {
        return family;
    }

    // ---- addresses ------------------------------------------------------------------------------------------------

    @Override
    public void bind(SocketAddress local) throws IOException {
        ensureOpen();
        if (localAddress() != null) {
            throw NioError.EINVAL.exception(NioError.Call.BIND, local);
        }
        try {
            DatagramChannel ignored = channel.bind(local);
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.BIND, local);
        }
    }

    @Override
    public void connect(SocketAddress there) throws IOException {
        disconnect();
        try {
            DatagramChannel ignored = channel.connect(there);
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.CONNECT, there);
        }
        remote = there;
    }

    @Override
    public void disconnect() throws IOException {
        ensureOpen();
        try {
            DatagramChannel ignored = channel.disconnect();
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.CONNECT, "nobody");
        }
        remote = null;
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        try {
            return channel.getLocalAddress();
        } catch (IOException closed) {
            return null;
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return remote;
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public int tryRecvFrom(Chunk chunk, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        if (length == 0) {
            throw new IllegalArgumentException("length: 0");
        }
        return tryRecvFrom(chunk.bytes().limit(offset + length).position(offset));
    }

    @Override
    public int tryRecvFrom(ByteBuffer target) throws IOException {
        ensureOpen();
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        if (target.remaining() > UDP_BYTES_MAX) {
            truncated = false;
            return receive(target);
        }
        if (whole == null) {
            whole = ByteBuffer.allocateDirect(UDP_BYTES_MAX + 1);
        }
        int count = receive(whole.clear());
        if (count == WOULD_BLOCK) {
            return count;
        }
        int taken = Math.min(count, target.remaining());
        truncated = taken < count;
        target.put(whole.flip().limit(taken));
        return taken;
    }

    private int receive(ByteBuffer target) throws IOException {
        calls.recv++;
        int before = target.position();
        try {
            SocketAddress from = channel.receive(target);
            if (from == null) {
                return WOULD_BLOCK;
            }
            sender = from;
            return target.position() - before;
        } catch (IOException failed) {
            throw translate(failed, NioError.Call.RECEIVE, remote);
        }
    }

    @Override
    public @Nullable SocketAddress sender() {
        return sender;
    }

    @Override
    public boolean isTruncated() {
        return truncated;
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public int trySendTo(ByteBuffer source, @Nullable SocketAddress to) throws IOException {
        ensureOpen();
        if (remote != null && to != null && !Addresses.isSame(to, remote)) {
            throw new IllegalArgumentException("connected to " + remote + ": cannot send to " + to);
        }
        int length = source.remaining();
        if (remote != null && length == 0) {
            throw NioError.EOPNOTSUPP.exception(NioError.Call.SEND, remote);
        }
        calls.send++;
        try {
            int sent = remote != null || to == null ? channel.write(source) : channel.send(source, to);
            return sent == 0 && length > 0 ? WOULD_BLOCK : length;
        } catch (NotYetConnectedException nowhere) {
            throw NioError.EDESTADDRREQ.exception(NioError.Call.SEND, null);
        } catch (IOException failed) {
            throw translate(failed, NioError.Call.SEND, to == null ? remote : to);
        }
    }

    @Override
    public int trySendTo(Chunk chunk, int offset, int length, @Nullable SocketAddress to) throws IOException {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        return trySendTo(chunk.bytes().limit(offset + length).position(offset), to);
    }

    private static IOException translate(IOException failed, NioError.Call call, @Nullable SocketAddress subject) {
        if (failed instanceof PortUnreachableException) {
            String message = String.valueOf(
                    NioError.ECONNREFUSED.exception(call, subject).getMessage());
            return new PortUnreachableException(message);
        }
        return NioError.translate(failed, call, subject);
    }

    // ---- options, groups ------------------------------------------------------------------------------------------

    /** Ignored: the JDK opens IPv6 sockets for both families and has no option to change that. */
    @Override
    public void setIpv6Only(boolean on) throws IOException {
        ensureOpen();
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        ensureOpen();
        try {
            DatagramChannel ignored = channel.setOption(option, value);
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.OPTION, option);
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        ensureOpen();
        try {
            return channel.getOption(option);
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.OPTION, option);
        }
    }

    @Override
    public void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        ensureOpen();
        try {
            MembershipKey key = source == null ? channel.join(group, on) : channel.join(group, on, source);
            memberships.put(new Membership(group, on, source), key);
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.JOIN, group.getHostAddress());
        }
    }

    @Override
    public void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        ensureOpen();
        MembershipKey key = memberships.remove(new Membership(group, on, source));
        if (key == null) {
            throw NioError.EADDRNOTAVAIL.exception(NioError.Call.JOIN, group.getHostAddress());
        }
        key.drop();
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Null: the JDK keeps a pending error to itself and throws it from the next call. */
    @Override
    public @Nullable IOException takeError() {
        return null;
    }

    @Override
    public void close() {
        if (!channel.isOpen()) {
            return;
        }
        kernel.remove(this);
        if (channel.isRegistered()) {
            kernel.poller().deregister(this);
            kernel.poller().flush();
        }
        calls.close++;
        try {
            channel.close();
        } catch (IOException failed) {
            // close(2): the descriptor is gone whatever it answers, and nobody could do anything about it
        }
    }

    /** {@code nio datagram /127.0.0.1:40000 -> /127.0.0.1:8080} */
    @Override
    public String toString() {
        return "nio datagram " + family + " " + localAddress() + (remote == null ? "" : " -> " + remote);
    }
}
