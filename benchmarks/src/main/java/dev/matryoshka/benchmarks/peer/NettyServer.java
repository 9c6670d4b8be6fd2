package dev.matryoshka.benchmarks.peer;

import dev.matryoshka.benchmarks.Mode;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Netty's server in every mode: one thread, a flush when a read is complete, back-pressure as ours. */
final class NettyServer implements PeerServer {
    private static final int LINE_MAX_BYTES = 64 * 1024;
    private static final int QUIET_MILLIS = 1;
    private static final int CLOSE_MILLIS = 1_000;

    private final MultiThreadIoEventLoopGroup group;

    /** Who connected, until they go; who comes when this was closed is closed at once. */
    private final ChannelGroup clients = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);

    private final Channel listener;

    /** @throws UnsupportedOperationException the kernel is not to be had here */
    NettyServer(NettyKernel kernel, PeerOptions options) throws IOException {
        SslContext tls = tls(options.certificate(), options.key());
        kernel.check();
        group = new MultiThreadIoEventLoopGroup(1, kernel.newHandler());
        ChannelFuture bound = (options.mode() == Mode.UDP
                        ? bindDatagram(kernel, options)
                        : bindStream(kernel, options, tls))
                .awaitUninterruptibly();
        listener = bound.channel();
        if (!bound.isSuccess()) {
            close();
            throw new IOException(bound.cause().getMessage(), bound.cause());
        }
    }

    private static @Nullable SslContext tls(@Nullable Path certificate, @Nullable Path key) throws IOException {
        if (certificate == null || key == null) {
            return null;
        }
        return SslContextBuilder.forServer(certificate.toFile(), key.toFile())
                .sslProvider(SslProvider.JDK)
                .build();
    }

    private ChannelFuture bindDatagram(NettyKernel kernel, PeerOptions options) {
        return new Bootstrap()
                .group(group)
                .channel(kernel.datagram)
                .handler(new NettyHandlers.DatagramEcho())
                .bind(options.address());
    }

    private ChannelFuture bindStream(NettyKernel kernel, PeerOptions options, @Nullable SslContext tls) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(kernel.server(options.address()))
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new Pipeline(tls, options.mode(), clients));
        if (!(options.address() instanceof UnixDomainSocketAddress)) {
            bootstrap.childOption(ChannelOption.TCP_NODELAY, true);
        }
        return bootstrap.bind(kernel.own(options.address()));
    }

    @Override
    public int port() {
        return listener.localAddress() instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    @Override
    public void serve() {
        listener.closeFuture().awaitUninterruptibly();
        group.terminationFuture().awaitUninterruptibly();
    }

    /**
     * The listener first, because {@link #serve} waits for it. Then the clients, for the loop does not always do it: told to end just
     * when it has a task to run it ends after that and never closes its channels (Netty 4.2.18), rarely also with a quiet period.
     */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        clients.close().awaitUninterruptibly();
        group.shutdownGracefully(QUIET_MILLIS, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static final class Pipeline extends ChannelInitializer<Channel> {
        private final @Nullable SslContext tls;
        private final boolean lines;
        private final ChannelGroup clients;
        private final Supplier<? extends ChannelHandler> handler;

        Pipeline(@Nullable SslContext tls, Mode mode, ChannelGroup clients) {
            this.tls = tls;
            this.clients = clients;
            this.lines = mode == Mode.LINES;
            this.handler = NettyHandlers.of(mode);
        }

        @Override
        protected void initChannel(Channel channel) {
            clients.add(channel);
            if (tls != null) {
                channel.pipeline().addLast(tls.newHandler(channel.alloc()));
            }
            if (lines) {
                channel.pipeline().addLast(new LineBasedFrameDecoder(LINE_MAX_BYTES, false, true));
            }
            channel.pipeline().addLast(handler.get());
        }
    }
}
