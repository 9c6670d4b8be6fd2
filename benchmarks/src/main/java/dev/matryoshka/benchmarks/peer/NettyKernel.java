package dev.matryoshka.benchmarks.peer;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Locale;
import java.util.function.Supplier;

/** What Netty can stand on. */
public enum NettyKernel {
    /** Linux. */
    EPOLL(
            EpollIoHandler::newFactory,
            EpollServerSocketChannel.class,
            EpollServerDomainSocketChannel.class,
            EpollDatagramChannel.class,
            EpollSocketChannel.class),
    /** Linux, where it is allowed. */
    IO_URING(
            IoUringIoHandler::newFactory,
            IoUringServerSocketChannel.class,
            IoUringServerDomainSocketChannel.class,
            IoUringDatagramChannel.class,
            IoUringSocketChannel.class),
    /** Everywhere. */
    NIO(
            NioIoHandler::newFactory,
            NioServerSocketChannel.class,
            NioServerDomainSocketChannel.class,
            NioDatagramChannel.class,
            NioSocketChannel.class);

    private final Supplier<IoHandlerFactory> handler;
    private final Class<? extends ServerChannel> server;
    private final Class<? extends ServerChannel> unixServer;
    final Class<? extends DatagramChannel> datagram;
    private final Class<? extends SocketChannel> client;

    NettyKernel(
            Supplier<IoHandlerFactory> handler,
            Class<? extends ServerChannel> server,
            Class<? extends ServerChannel> unixServer,
            Class<? extends DatagramChannel> datagram,
            Class<? extends SocketChannel> client) {
        this.handler = handler;
        this.server = server;
        this.unixServer = unixServer;
        this.datagram = datagram;
        this.client = client;
    }

    /** The best of those that work here, for clients that are not what is measured. */
    public static NettyKernel forClients() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /** @throws UnsupportedOperationException this system has it not, or does not let it be used */
    void check() {
        try {
            switch (this) {
                case EPOLL -> Epoll.ensureAvailability();
                case IO_URING -> IoUring.ensureAvailability();
                case NIO -> {}
            }
        } catch (UnsatisfiedLinkError missing) {
            Throwable cause = missing.getCause();
            throw new UnsupportedOperationException(
                    "no " + name().toLowerCase(Locale.ROOT) + " here: " + (cause == null ? missing : cause), missing);
        }
    }

    /** A new one for each group. */
    public IoHandlerFactory newHandler() {
        return handler.get();
    }

    /** For clients. */
    public Class<? extends SocketChannel> client() {
        return client;
    }

    /** For servers that listen at an address. */
    Class<? extends ServerChannel> server(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress ? unixServer : server;
    }

    /** An address as its channels want it. */
    SocketAddress own(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix && this != NIO
                ? new DomainSocketAddress(unix.getPath().toFile())
                : address;
    }
}
