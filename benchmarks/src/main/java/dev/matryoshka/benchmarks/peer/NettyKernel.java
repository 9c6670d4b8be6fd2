package dev.matryoshka.benchmarks.peer;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Locale;
import java.util.function.Supplier;

/** What Netty can stand on. */
public enum NettyKernel {
    /** Linux. */
    EPOLL(EpollIoHandler::newFactory, EpollServerSocketChannel.class, EpollSocketChannel.class),
    /** Linux, where it is allowed. */
    IO_URING(IoUringIoHandler::newFactory, IoUringServerSocketChannel.class, IoUringSocketChannel.class),
    /** Everywhere. */
    NIO(NioIoHandler::newFactory, NioServerSocketChannel.class, NioSocketChannel.class);

    private final Supplier<IoHandlerFactory> handler;
    final Class<? extends ServerSocketChannel> server;
    private final Class<? extends SocketChannel> client;

    NettyKernel(
            Supplier<IoHandlerFactory> handler,
            Class<? extends ServerSocketChannel> server,
            Class<? extends SocketChannel> client) {
        this.handler = handler;
        this.server = server;
        this.client = client;
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
}
