package dev.matryoshka.benchmarks.tls;

import dev.matryoshka.benchmarks.peer.NettyKernel;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Closed loop over TLS: each connection sends a message, waits for its echo, sends the next. Prints
 * {@code requests nanos serverCpuNanos}. Trusts everybody: it talks to servers that this machine has just started.
 */
@Command(name = "tls-load", hidden = true, description = "Load a TLS echo server.")
public final class TlsLoad implements Callable<Integer> {
    @Option(names = "--port", required = true)
    private int port;

    @Option(names = "--size")
    private int size = 1024;

    @Option(names = "--connections")
    private int connections = 10;

    @Option(names = "--seconds")
    private int seconds = 2;

    @Option(names = "--warm-up")
    private int warmUpSeconds = 1;

    @Option(names = "--pid")
    private int pid;

    @Override
    public Integer call() throws Exception {
        AtomicLong requests = new AtomicLong();
        SslContext tls = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm("")
                .build();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NettyKernel.EPOLL.newHandler());
        try {
            List<Channel> channels = new ArrayList<>();
            Bootstrap bootstrap = new Bootstrap()
                    .group(group)
                    .channel(NettyKernel.EPOLL.client())
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc()), new Client(size, requests));
                        }
                    });
            for (int i = 0; i < connections; i++) {
                channels.add(bootstrap.connect("127.0.0.1", port).sync().channel());
            }
            TimeUnit.SECONDS.sleep(warmUpSeconds);
            long before = requests.get();
            long cpuBefore = cpuNanos(pid);
            long began = System.nanoTime();
            TimeUnit.SECONDS.sleep(seconds);
            long done = requests.get() - before;
            long cpu = cpuNanos(pid) - cpuBefore;
            System.out.println(done + " " + (System.nanoTime() - began) + " " + cpu);
            channels.forEach(Channel::close);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
        return 0;
    }

    private static long cpuNanos(int pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toNanos)
                .orElse(0L);
    }

    private static final class Client extends ChannelInboundHandlerAdapter {
        private final ByteBuf message;
        private final AtomicLong requests;
        private int missing;

        Client(int size, AtomicLong requests) {
            this.message = Unpooled.directBuffer(size).writeZero(size);
            this.requests = requests;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            send(context);
        }

        private void send(ChannelHandlerContext context) {
            missing = message.readableBytes();
            context.writeAndFlush(message.retainedDuplicate(), context.voidPromise());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object received) {
            ByteBuf bytes = (ByteBuf) received;
            missing -= bytes.readableBytes();
            bytes.release();
            if (missing == 0) {
                requests.lazySet(requests.get() + 1);
                send(context);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            System.err.println("load: " + cause);
            context.close();
        }
    }
}
