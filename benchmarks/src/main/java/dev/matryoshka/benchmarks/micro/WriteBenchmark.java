package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Rounds over loopback, both ends on one loop: one callback writes some pieces of 64 bytes, the other end answers with one byte when
 * it has all of them. One operation is a round. With us pieces are gathered without being asked; Netty is asked to flush after the
 * last.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WriteBenchmark {
    private static final int ROUNDS = 100;
    private static final int PIECE_BYTES = 64;

    /** Small writes of one callback. */
    @Param({"1", "16"})
    int pieces;

    /** Counts what arrives, and says when a round is whole. */
    private static final class Arrival {
        private final int wholeBytes;
        private int bytes;

        Arrival(int wholeBytes) {
            this.wholeBytes = wholeBytes;
        }

        boolean add(int count) {
            bytes += count;
            if (bytes < wholeBytes) {
                return false;
            }
            bytes = 0;
            return true;
        }
    }

    /** Ours. */
    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public int ours(LoopUnderTest ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            CountDownLatch done = new CountDownLatch(1);
            Server server = loop.createServer(() -> new OurAnswer(pieces), "127.0.0.1", 0);
            OurRounds rounds = new OurRounds(pieces, done);
            Transport client = loop.createConnection(() -> rounds, "127.0.0.1", server.port())
                    .transport();
            done.await();
            client.abort();
            server.close();
            return ROUNDS;
        });
    }

    private static final class OurAnswer implements Protocol {
        private final Arrival arrival;
        private final ByteBuffer answer = ByteBuffer.allocateDirect(1);

        @SuppressWarnings("NullAway.Init") // set before anything else is called
        private Transport transport;

        OurAnswer(int pieces) {
            arrival = new Arrival(pieces * PIECE_BYTES);
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            if (arrival.add(data.remaining())) {
                transport.write(answer.rewind());
            }
        }
    }

    private static final class OurRounds implements Protocol {
        private final int pieces;
        private final CountDownLatch done;
        private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
        private int left = ROUNDS;

        @SuppressWarnings("NullAway.Init") // set before anything else is called
        private Transport transport;

        OurRounds(int pieces, CountDownLatch done) {
            this.pieces = pieces;
            this.done = done;
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            write();
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            if (--left == 0) {
                done.countDown();
            } else {
                write();
            }
        }

        private void write() {
            for (int i = 0; i < pieces; i++) {
                transport.write(piece.rewind());
            }
        }
    }

    /** Netty's. */
    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public int netty(NettyLoop netty) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        Channel server = new ServerBootstrap()
                .group(netty.loop)
                .channel(EpollServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new NettyAnswer(pieces));
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        Channel client = new Bootstrap()
                .group(netty.loop)
                .channel(EpollSocketChannel.class)
                .handler(new NettyRounds(pieces, done))
                .connect(server.localAddress())
                .sync()
                .channel();
        done.await();
        client.close().sync();
        server.close().sync();
        return ROUNDS;
    }

    private static final class NettyAnswer extends ChannelInboundHandlerAdapter {
        private final Arrival arrival;

        NettyAnswer(int pieces) {
            arrival = new Arrival(pieces * PIECE_BYTES);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf data = (ByteBuf) message;
            if (arrival.add(data.readableBytes())) {
                context.writeAndFlush(context.alloc().directBuffer(1).writeByte(0), context.voidPromise());
            }
            data.release();
        }
    }

    private static final class NettyRounds extends ChannelInboundHandlerAdapter {
        private final int pieces;
        private final CountDownLatch done;
        private int left = ROUNDS;

        NettyRounds(int pieces, CountDownLatch done) {
            this.pieces = pieces;
            this.done = done;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            write(context);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ((ByteBuf) message).release();
            if (--left == 0) {
                done.countDown();
            } else {
                write(context);
            }
        }

        private void write(ChannelHandlerContext context) {
            for (int i = 0; i < pieces; i++) {
                context.write(context.alloc().directBuffer(PIECE_BYTES).writeZero(PIECE_BYTES), context.voidPromise());
            }
            context.flush();
        }
    }
}
