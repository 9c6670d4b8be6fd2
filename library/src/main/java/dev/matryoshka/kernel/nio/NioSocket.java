package dev.matryoshka.kernel.nio;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Readiness;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream socket over channels: its states, and the JDK's answers in the words of the seam. Loop thread only.
 *
 * <p>What differs from a socket that is a descriptor: a Unix socket listens from {@link #bind} on, so that peers that come before
 * {@link #listen} wait instead of being refused; after a failed connect the JDK has closed the channel, and nothing is left to do
 * but close; {@link #shutdownInput} also drops what had arrived; {@link #takeError} knows nothing.
 */
final class NioSocket implements NonBlockingSocket, NioWatchable {
    /** Queue of a Unix listener: what net.core.somaxconn has been since Linux 5.4; the system clamps it. */
    private static final int UNIX_BACKLOG = 4096;

    private enum State {
        /** Perhaps bound. Goes to LISTENING, CONNECTING, CONNECTED, FAILED, CLOSED. */
        FRESH,
        /** Goes to CLOSED. */
        LISTENING,
        /** Goes to CONNECTED, FAILED, CLOSED. */
        CONNECTING,
        /** Goes to CLOSED. */
        CONNECTED,
        /** Its connect or listen has failed. Goes to CLOSED. */
        FAILED,
        /** The end. */
        CLOSED
    }

    private final NioRegistration registration = new NioRegistration();
    private final NioKernel kernel;
    private final StandardProtocolFamily family;
    private final NioChannel channel;
    private State state;

    /** Not null exactly while CONNECTED: the only question that the hot path asks. */
    private @Nullable NioFlow flow;

    private @Nullable SocketAddress remote;

    /** Where a connect is on its way to. */
    private @Nullable SocketAddress target;

    /** @throws UnsupportedOperationException no sockets of that family here */
    NioSocket(NioKernel kernel, StandardProtocolFamily family) throws IOException {
        this.kernel = kernel;
        this.family = family;
        this.state = State.FRESH;
        try {
            this.channel = new NioChannel(kernel.systemCalls(), family);
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.OPEN, "a socket of family " + family);
        }
    }

    private NioSocket(NioKernel kernel, StandardProtocolFamily family, SocketChannel accepted) throws IOException {
        this.kernel = kernel;
        this.family = family;
        this.channel = new NioChannel(kernel.systemCalls(), family, accepted);
        this.state = State.CONNECTED;
        connected(accepted.getRemoteAddress());
    }

    /** The counterpart of {@link #release}. */
    static NioSocket of(NioParcel parcel, NioKernel kernel) throws IOException {
        SocketChannel taken = parcel.take();
        try {
            return new NioSocket(kernel, parcel.family, taken);
        } catch (IOException | RuntimeException failed) {
            taken.close();
            throw failed;
        }
    }

    /** Takes the connection out of its kernel and its selector. */
    NioParcel release() throws IOException {
        ensureOpen();
        if (state != State.CONNECTED) {
            throw new IllegalArgumentException("not connected: " + this);
        }
        SocketChannel given = channel.stream();
        letGo();
        return new NioParcel(family, given);
    }

    boolean isOf(NioKernel owner) {
        return kernel == owner;
    }

    // ---- what the poller asks -------------------------------------------------------------------------------------

    @Override
    public NioRegistration registration() {
        return registration;
    }

    @Override
    public boolean isRoleless() {
        return state == State.FRESH;
    }

    @Override
    public SelectableChannel channel() {
        return channel.current();
    }

    /** While connecting there is only one thing to wait for. */
    @Override
    public int operations(int interest) {
        boolean readable = (interest & Readiness.READABLE) != 0;
        boolean writable = (interest & Readiness.WRITABLE) != 0;
        return switch (state) {
            case LISTENING -> readable ? SelectionKey.OP_ACCEPT : 0;
            case CONNECTING -> readable || writable ? SelectionKey.OP_CONNECT : 0;
            case CONNECTED -> (readable ? SelectionKey.OP_READ : 0) | (writable ? SelectionKey.OP_WRITE : 0);
            case FRESH, FAILED, CLOSED -> 0;
        };
    }

    @Override
    public void ensureOpen() throws ClosedChannelException {
        if (state == State.CLOSED) {
            throw new ClosedChannelException();
        }
    }

    // ---- listening ------------------------------------------------------------------------------------------------

    @Override
    public void bind(SocketAddress local) throws IOException {
        ensureOpen();
        if (state != State.FRESH || channel.localAddress() != null) {
            throw NioError.EINVAL.exception(NioError.Call.BIND, local);
        }
        try {
            if (family == StandardProtocolFamily.UNIX) {
                channel.becomeListener(local, UNIX_BACKLOG);
            } else {
                SocketChannel ignored = channel.stream().bind(local);
            }
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.BIND, local);
        }
    }

    /** {@inheritDoc} A second call does nothing: the backlog of a ServerSocketChannel cannot be changed. */
    @Override
    public void listen(int backlog) throws IOException {
        ensureOpen();
        if (state == State.LISTENING) {
            return;
        }
        SocketAddress local = channel.localAddress();
        if (state != State.FRESH || (local == null && family == StandardProtocolFamily.UNIX)) {
            throw NioError.EINVAL.exception(NioError.Call.LISTEN, local);
        }
        if (!channel.isListener()) {
            try {
                channel.becomeListener(local, backlog);
            } catch (IOException failed) {
                state = State.FAILED;
                throw NioError.translate(failed, NioError.Call.LISTEN, local);
            }
        }
        state = State.LISTENING;
        kernel.poller().update(this);
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        ensureOpen();
        if (state != State.LISTENING) {
            throw NioError.EINVAL.exception(NioError.Call.ACCEPT, channel.localAddress());
        }
        SocketChannel accepted;
        try {
            accepted = channel.accept();
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.ACCEPT, channel.localAddress());
        }
        return accepted == null ? null : kernel.add(prepared(accepted));
    }

    private NioSocket prepared(SocketChannel accepted) throws AcceptAbortedException {
        try {
            channel.giveOptions(accepted);
            return new NioSocket(kernel, family, accepted);
        } catch (IOException gone) {
            channel.close(accepted);
            AcceptAbortedException aborted = new AcceptAbortedException("set up a connection: " + gone.getMessage());
            aborted.initCause(gone);
            throw aborted;
        }
    }

    // ---- connecting -----------------------------------------------------------------------------------------------

    @Override
    public boolean tryConnect(SocketAddress there) throws IOException {
        ensureOpen();
        if (state != State.FRESH) {
            NioError error = state == State.CONNECTING ? NioError.EALREADY : NioError.EISCONN;
            throw error.exception(NioError.Call.CONNECT, there);
        }
        boolean done;
        try {
            done = channel.becomeStream().connect(there);
        } catch (IOException failed) {
            throw failedToConnect(failed, there);
        }
        if (done) {
            connected(there);
        } else if (family == StandardProtocolFamily.UNIX) {
            // unix(7): the listener's queue is full. The JDK takes EAGAIN for "on its way", and would then call it
            // connected.
            state = State.FAILED;
            throw NioError.EAGAIN.exception(NioError.Call.CONNECT, there);
        } else {
            state = State.CONNECTING;
            target = there;
        }
        kernel.poller().update(this);
        return done;
    }

    @Override
    public boolean finishConnect() throws IOException {
        ensureOpen();
        if (state == State.CONNECTED) {
            return true;
        }
        SocketAddress there = target;
        if (state != State.CONNECTING || there == null) {
            throw new NoConnectionPendingException();
        }
        try {
            if (!channel.stream().finishConnect()) {
                return false;
            }
        } catch (IOException failed) {
            throw failedToConnect(failed, there);
        }
        connected(there);
        kernel.poller().update(this);
        return true;
    }

    /** The JDK has closed the channel. */
    private IOException failedToConnect(IOException failed, SocketAddress there) {
        state = State.FAILED;
        kernel.systemCalls().close++;
        return NioError.translate(failed, NioError.Call.CONNECT, there);
    }

    private void connected(SocketAddress peer) {
        state = State.CONNECTED;
        remote = peer;
        flow = NioFlow.of(channel.stream(), kernel.systemCalls(), peer);
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    @Override
    public int tryRecv(Chunk chunk, int offset, int length) throws IOException {
        ByteBuffer window = NioFlow.window(chunk, offset, length);
        NioFlow flowing = flow;
        return flowing == null ? notFlowing(NioError.ENOTCONN, NioError.Call.RECEIVE) : flowing.receiveOnce(window);
    }

    @Override
    public int tryRecv(ByteBuffer buffer) throws IOException {
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        NioFlow flowing = flow;
        if (flowing == null) {
            return notFlowing(NioError.ENOTCONN, NioError.Call.RECEIVE);
        }
        return buffer.hasRemaining() ? flowing.receive(buffer) : 0;
    }

    @Override
    public int trySend(Chunk chunk, int offset, int length) throws IOException {
        ByteBuffer window = NioFlow.window(chunk, offset, length);
        NioFlow flowing = flow;
        return flowing == null ? notFlowing(unsent(), NioError.Call.SEND) : flowing.sendOnce(window);
    }

    @Override
    public int trySend(ByteBuffer buffer) throws IOException {
        NioFlow flowing = flow;
        if (flowing == null) {
            return notFlowing(unsent(), NioError.Call.SEND);
        }
        return buffer.hasRemaining() ? flowing.send(buffer) : 0;
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        NioFlow flowing = flow;
        return flowing == null ? notFlowing(unsent(), NioError.Call.SEND) : flowing.send(sources, offset, count);
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        NioFlow flowing = flow;
        return flowing == null ? notFlowing(unsent(), NioError.Call.SEND) : flowing.sendFile(file, position, count);
    }

    /** Linux: a TCP socket that was never connected answers a send with EPIPE, a Unix socket with ENOTCONN. */
    private NioError unsent() {
        return family == StandardProtocolFamily.UNIX ? NioError.ENOTCONN : NioError.EPIPE;
    }

    private int notFlowing(NioError error, NioError.Call call) throws IOException {
        ensureOpen();
        if (state == State.CONNECTING) {
            return WOULD_BLOCK;
        }
        throw error.exception(call, remote);
    }

    // ---- options and addresses ------------------------------------------------------------------------------------

    /** Ignored: the JDK opens IPv6 sockets for both families and has no option to change that. */
    @Override
    public void setIpv6Only(boolean on) throws IOException {
        ensureOpen();
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        ensureOpen();
        try {
            channel.setOption(option, value);
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
    public PeerCredentials peerCredentials() throws IOException {
        ensureOpen();
        if (family != StandardProtocolFamily.UNIX) {
            throw new UnsupportedOperationException("SO_PEERCRED on a " + family + " socket");
        }
        if (state != State.CONNECTED) {
            throw NioError.ENOTCONN.exception(NioError.Call.OPTION, "SO_PEERCRED");
        }
        return NioPeer.of(channel.stream());
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return state == State.CLOSED ? null : channel.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public boolean isOpen() {
        return state != State.CLOSED;
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void shutdownOutput() throws IOException {
        ensureOpen();
        if (flow != null) {
            try {
                SocketChannel ignored = channel.stream().shutdownOutput();
            } catch (IOException failed) {
                throw NioError.translate(failed, NioError.Call.SHUTDOWN, remote);
            }
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        ensureOpen();
        if (flow != null) {
            try {
                SocketChannel ignored = channel.stream().shutdownInput();
            } catch (IOException failed) {
                throw NioError.translate(failed, NioError.Call.SHUTDOWN, remote);
            }
        }
    }

    /** Null: the JDK keeps a pending error to itself and throws it from the next call. */
    @Override
    public @Nullable IOException takeError() {
        return null;
    }

    @Override
    public void close() {
        if (state == State.CLOSED) {
            return;
        }
        letGo();
        channel.close();
    }

    private void letGo() {
        state = State.CLOSED;
        flow = null;
        kernel.remove(this);
        if (channel().isRegistered()) {
            kernel.poller().deregister(this);
            kernel.poller().flush();
        }
    }

    /** {@code nio CONNECTED /127.0.0.1:40000 -> /127.0.0.1:8080} */
    @Override
    public String toString() {
        return "nio " + state + " " + localAddress() + (remote == null ? "" : " -> " + remote);
    }
}
