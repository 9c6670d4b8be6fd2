package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Readiness;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream socket over channels. BSD has one kind of socket that becomes a listener by listen(2); the JDK has two classes.
 * So a fresh socket is a {@link SocketChannel}, and {@link #listen} exchanges it for a {@link ServerSocketChannel} that is
 * bound to the same address and has the same options. Loop thread only.
 */
final class NioSocket implements NonBlockingSocket {
    private final NioKernel kernel;
    private final StandardProtocolFamily family;

    /** Null once this socket listens. */
    private @Nullable SocketChannel stream;

    private @Nullable ServerSocketChannel server;

    /** The registration; written by the poller. */
    @Nullable SelectionKey key;

    private @Nullable SocketAddress local;
    private @Nullable SocketAddress remote;
    private boolean connecting;
    private boolean closed;

    NioSocket(NioKernel kernel, StandardProtocolFamily family) throws IOException {
        this(kernel, family, open(family));
    }

    private NioSocket(NioKernel kernel, StandardProtocolFamily family, SocketChannel channel) throws IOException {
        this.kernel = kernel;
        this.family = family;
        this.stream = channel;
        channel.configureBlocking(false);
        kernel.opened(this);
    }

    private static SocketChannel open(StandardProtocolFamily family) throws IOException {
        try {
            return SocketChannel.open(family);
        } catch (IOException failed) {
            throw NioErrors.translate("socket", null, failed);
        }
    }

    SelectableChannel channel() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        SelectableChannel channel = server != null ? server : stream;
        if (channel == null) {
            throw new ClosedChannelException();
        }
        return channel;
    }

    private SocketChannel stream() throws ClosedChannelException {
        SocketChannel channel = stream;
        if (closed || channel == null) {
            throw new ClosedChannelException();
        }
        return channel;
    }

    /** The Selector's operations for our interest: which they are depends on what kind of socket this is by now. */
    int operations(int interest) {
        int operations = 0;
        if ((interest & Readiness.READABLE) != 0) {
            operations |= server != null ? SelectionKey.OP_ACCEPT : connecting ? 0 : SelectionKey.OP_READ;
        }
        if ((interest & Readiness.WRITABLE) != 0 && server == null) {
            operations |= connecting ? SelectionKey.OP_CONNECT : SelectionKey.OP_WRITE;
        }
        return operations;
    }

    @Override
    public void bind(SocketAddress address) throws IOException {
        try {
            stream().bind(address);
            local = stream().getLocalAddress();
        } catch (IOException failed) {
            throw NioErrors.translate("bind to", address, failed);
        }
    }

    @Override
    public void listen(int backlog) throws IOException {
        SocketChannel plain = stream();
        SocketAddress address = local;
        try {
            ServerSocketChannel listener = ServerSocketChannel.open(family);
            try {
                copyOptions(plain, listener);
                plain.close();
                listener.configureBlocking(false);
                listener.bind(address, backlog);
                local = listener.getLocalAddress();
            } catch (IOException | RuntimeException failed) {
                listener.close();
                throw failed;
            }
            server = listener;
            stream = null;
        } catch (IOException failed) {
            throw NioErrors.translate("bind to", address, failed);
        }
    }

    private static void copyOptions(SocketChannel from, ServerSocketChannel to) throws IOException {
        for (SocketOption<?> option : to.supportedOptions()) {
            if (from.supportedOptions().contains(option)) {
                copy(option, from, to);
            }
        }
    }

    private static <T> void copy(SocketOption<T> option, SocketChannel from, ServerSocketChannel to)
            throws IOException {
        T value = from.getOption(option);
        if (value != null && !value.equals(to.getOption(option))) {
            to.setOption(option, value);
        }
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        ServerSocketChannel listener = server;
        if (closed || listener == null) {
            throw new ClosedChannelException();
        }
        kernel.systemCalls().accept++;
        try {
            SocketChannel accepted = listener.accept();
            if (accepted == null) {
                return null;
            }
            NioSocket socket = new NioSocket(kernel, family, accepted);
            socket.remote = accepted.getRemoteAddress();
            socket.local = accepted.getLocalAddress();
            return socket;
        } catch (IOException failed) {
            throw NioErrors.translate("accept on", local, failed);
        }
    }

    @Override
    public boolean tryConnect(SocketAddress address) throws IOException {
        remote = address;
        try {
            boolean connected = stream().connect(address);
            connecting = !connected;
            return connected && connectionMade();
        } catch (IOException failed) {
            throw NioErrors.translate("connect to", address, failed);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        try {
            return stream().finishConnect() && connectionMade();
        } catch (IOException failed) {
            throw NioErrors.translate("connect to", remote, failed);
        }
    }

    private boolean connectionMade() throws IOException {
        connecting = false;
        local = stream().getLocalAddress();
        return true;
    }

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        return tryRecv(target.bytes().limit(offset + length).position(offset));
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        kernel.systemCalls().recv++;
        try {
            int count = stream().read(target);
            return count == 0 ? WOULD_BLOCK : count < 0 ? EOF : count;
        } catch (IOException failed) {
            throw NioErrors.translate("recv from", remote, failed);
        }
    }

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        return trySend(source.bytes().limit(offset + length).position(offset));
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        if (!source.hasRemaining()) {
            return 0;
        }
        kernel.systemCalls().send++;
        try {
            int count = stream().write(source);
            return count == 0 ? WOULD_BLOCK : count;
        } catch (IOException failed) {
            throw NioErrors.translate("send to", remote, failed);
        }
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        boolean empty = true;
        int taken = Math.min(count, GATHER_MAX);
        for (int i = 0; i < taken && empty; i++) {
            empty = !sources[offset + i].hasRemaining();
        }
        if (empty) {
            return 0;
        }
        kernel.systemCalls().sendGather++;
        try {
            long sent = stream().write(sources, offset, taken);
            return sent == 0 ? WOULD_BLOCK : sent;
        } catch (IOException failed) {
            throw NioErrors.translate("send to", remote, failed);
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        shutDown(true);
    }

    @Override
    public void shutdownInput() throws IOException {
        shutDown(false);
    }

    private void shutDown(boolean output) throws IOException {
        SocketChannel channel = stream();
        try {
            if (output) {
                channel.shutdownOutput();
            } else {
                channel.shutdownInput();
            }
        } catch (java.nio.channels.NotYetConnectedException | java.net.SocketException gone) {
            // ENOTCONN: a connection that is gone has both directions shut already.
            return;
        }
    }

    @Override
    public @Nullable IOException takeError() {
        return null; // the JDK has no way to ask; the next receive tells
    }

    @Override
    public void setIpv6Only(boolean on) {
        // The JDK has no such option: an IPv6 wildcard listener takes both families where the system allows it.
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (server != null) {
            if (option != StandardSocketOptions.TCP_NODELAY) {
                server.setOption(option, value);
            }
        } else {
            stream().setOption(option, value);
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return server != null ? server.getOption(option) : stream().getOption(option);
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return local;
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return connecting ? null : remote;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (server != null) {
                server.close();
            }
            if (stream != null) {
                stream.close();
            }
        } catch (IOException ignored) {
            // close(2) has released the descriptor whatever it answers; there is nothing to do twice.
            remote = null;
        }
        kernel.closed(this);
    }

    @Override
    public String toString() {
        return "NioSocket[" + local + (remote == null ? "" : " -> " + remote) + (closed ? ", closed" : "") + "]";
    }
}
