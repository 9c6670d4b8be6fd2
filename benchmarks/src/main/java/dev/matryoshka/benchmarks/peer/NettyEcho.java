package dev.matryoshka.benchmarks.peer;

import dev.matryoshka.benchmarks.Words;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Netty's echo server: one thread, a flush when a read is complete, back-pressure as ours. */
public final class NettyEcho {
    private static final int BACKLOG = 1024;
    private static final String PREFIX = "netty-";

    private NettyEcho() {}

    /** {@code netty-epoll --port 8888}: runs until its input ends or it is killed. */
    public static void main(String[] arguments) throws Exception {
        String name = arguments[0].substring(PREFIX.length());
        NettyKernel kernel = NettyKernel.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
        Words words = new Words(arguments, 1);
        SslContext tls = tls(words.text("tls-cert", ""), words.text("tls-key", ""));
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, kernel.newHandler());
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(kernel.server)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new Pipeline(tls))
                .bind(words.text("host", "127.0.0.1"), words.number("port", 0))
                .sync()
                .channel();
        System.out.println("listening on 127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort());
        listener.closeFuture().sync();
    }

    private static @Nullable SslContext tls(String certificate, String key) throws Exception {
        if (certificate.isEmpty()) {
            return null;
        }
        return SslContextBuilder.forServer(new File(certificate), new File(key))
                .sslProvider(SslProvider.JDK)
                .build();
    }

    private static final class Pipeline extends ChannelInitializer<SocketChannel> {
        private final @Nullable SslContext tls;

        Pipeline(@Nullable SslContext tls) {
            this.tls = tls;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            if (tls != null) {
                channel.pipeline().addLast(tls.newHandler(channel.alloc()));
            }
            channel.pipeline().addLast(new Echo());
        }
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
