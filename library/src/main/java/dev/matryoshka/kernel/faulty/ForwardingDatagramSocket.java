package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Hands every call on to another socket: the wrappers override what they care about. Loop thread only. */
abstract class ForwardingDatagramSocket implements NonBlockingDatagramSocket {
    final NonBlockingDatagramSocket inner;

    ForwardingDatagramSocket(NonBlockingDatagramSocket inner) {
        this.inner = inner;
    }

    @Override
    public StandardProtocolFamily family() {
        return inner.family();
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        inner.bind(local);
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        inner.connect(remote);
    }

    @Override
    public void disconnect() throws IOException {
        inner.disconnect();
    }

    @Override
    public int tryRecvFrom(Chunk target, int offset, int length) throws IOException {
        return inner.tryRecvFrom(target, offset, length);
    }

    @Override
    public int tryRecvFrom(ByteBuffer target) throws IOException {
        return inner.tryRecvFrom(target);
    }

    @Override
    public @Nullable SocketAddress sender() {
        return inner.sender();
    }

    @Override
    public boolean isTruncated() {
        return inner.isTruncated();
    }

    @Override
    public int trySendTo(ByteBuffer source, @Nullable SocketAddress remote) throws IOException {
        return inner.trySendTo(source, remote);
    }

    @Override
    public int trySendTo(Chunk source, int offset, int length, @Nullable SocketAddress remote) throws IOException {
        return inner.trySendTo(source, offset, length, remote);
    }

    @Override
    public boolean tellsOfRoom() {
        return inner.tellsOfRoom();
    }

    @Override
    public void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        inner.join(group, on, source);
    }

    @Override
    public void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        inner.leave(group, on, source);
    }

    @Override
    public @Nullable IOException takeError() {
        return inner.takeError();
    }

    @Override
    public void setIpv6Only(boolean on) throws IOException {
        inner.setIpv6Only(on);
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        inner.setOption(option, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return inner.getOption(option);
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return inner.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return inner.remoteAddress();
    }

    @Override
    public boolean isOpen() {
        return inner.isOpen();
    }

    @Override
    public void close() {
        inner.close();
    }
}
