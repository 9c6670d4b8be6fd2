package dev.matryoshka.benchmarks.peer;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.function.Supplier;

/** What Netty can stand on. */
public enum NettyKernel {
    EPOLL(EpollIoHandler::newFactory, EpollServerSocketChannel.class, EpollSocketChannel.class),
    IO_URING(IoUringIoHandler::newFactory, IoUringServerSocketChannel.class, IoUringSocketChannel.class),
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

    /** A new one for each group. */
    public IoHandlerFactory newHandler() {
        return handler.get();
    }

    /** For clients. */
    public Class<? extends SocketChannel> client() {
        return client;
    }
}
